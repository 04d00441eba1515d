/* One pane's OpenSeadragon viewer: it shows the shared view, and moves it when it is the one that is touched. */
let touched = null;

const density = () => OpenSeadragon.pixelDensityRatio;

export function makeViewer(pane, view, smooth) {
  const viewer = OpenSeadragon({
    element: pane.place,
    drawer: "canvas",
    showNavigationControl: false,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.2,
    blendTime: 0,
    immediateRender: true,
    preserveViewport: true,
    visibilityRatio: 0.5,
    zoomPerScroll: 1.25,
    imageSmoothingEnabled: smooth,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
    gestureSettingsTouch: { pinchRotate: false, flickEnabled: false, dblClickToZoom: true },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
  });
  // OpenSeadragon stretches tiles by a pixel against seams; a picture of one tile has none and keeps its size.
  viewer.drawer.minimumOverlapRequired = () => false;
  viewer.canvas.setAttribute("role", "application");
  viewer.canvas.setAttribute("aria-label", pane.place.dataset.label);
  let size = "";
  const port = () => viewer.viewport;
  const shows = () => viewer.world.getItemCount() > 0 && !pane.figure.hidden;
  const measured = () => String(port().getContainerSize());
  // OpenSeadragon's own magnification counts in widths of the picture; ours in screen pixels for each input pixel.
  const unit = () => (port().getContainerSize().x * density()) / view.width;

  function follow(_, source) {
    if (source === viewer || !shows()) return;
    size = measured();
    port().minZoomLevel = view.least / unit();
    port().maxZoomLevel = view.most / unit();
    port().zoomTo(view.times / unit(), null, true);
    const [x, y] = view.centre();
    port().panTo(new OpenSeadragon.Point(x / view.width, y / view.width), true);
  }

  viewer.addHandler("viewport-change", () => {
    if (measured() !== size) follow(view, null); // resized: the view stays where it was
    else if (touched === viewer && shows()) {
      const centre = port().getCenter(true);
      view.set({ x: centre.x * view.width, y: centre.y * view.width, times: port().getZoom(true) * unit() }, viewer);
    }
  });
  viewer.addHandler("open", () => follow(view, null)); // its first frame is at the others' place
  for (const act of ["canvas-press", "canvas-scroll", "canvas-pinch", "canvas-double-click"]) {
    viewer.addHandler(act, () => { touched = viewer; });
  }
  viewer.addHandler("canvas-key", (event) => { event.preventDefaultAction = true; }); // keys.js has them
  view.watch((now, source) => {
    if (!source) touched = null; // a slider or a key moved the view: no viewer's animation answers back
    follow(now, source);
  });

  /* From the page's coordinates to input pixels of the crop. */
  viewer.at = (clientX, clientY) => {
    const box = viewer.container.getBoundingClientRect();
    const point = port().pointFromPixel(new OpenSeadragon.Point(clientX - box.x, clientY - box.y), true);
    return [point.x * view.width, point.y * view.width];
  };
  return viewer;
}

/* The picture that it shows, or will once it is drawn. */
const newest = ({ world }) => world.getItemAt(world.getItemCount() - 1);

/* Whether all of its picture was drawn; so it is where there is none. */
export function painted(viewer) {
  const picture = newest(viewer);
  return !picture || picture.getFullyLoaded();
}

/* Show a picture; with `keep` the old one stays under it until it is drawn, so that no frame is empty. */
export async function open(viewer, url, keep) {
  const source = { type: "image", url }, { world } = viewer;
  if (keep && world.getItemCount()) {
    await new Promise((success, error) => viewer.addTiledImage({ tileSource: source, success, error }));
    while (world.getItemCount() > 2) world.removeItem(world.getItemAt(1)); // was never drawn: one came after it
    uncover(viewer, newest(viewer));
    return;
  }
  await new Promise((done, failed) => {
    viewer.addOnceHandler("open", done);
    viewer.addOnceHandler("open-failed", (event) => failed(new Error(event.message)));
    viewer.open(source);
  });
}

/* Take away what lies under a picture in the frame after it was drawn. */
function uncover({ world }, picture) {
  const under = () => requestAnimationFrame(() => {
    while (world.getIndexOfItem(picture) > 0) world.removeItem(world.getItemAt(0));
  });
  if (picture.getFullyLoaded()) under();
  else picture.addOnceHandler("fully-loaded-change", under);
}
