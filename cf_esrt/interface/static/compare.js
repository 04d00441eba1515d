/* Three viewers, one zoom and pan. Pictures are fetched once as lossless PNG and shown from memory. */
(function () {
  "use strict";
  const kit = (window.cfesrt = window.cfesrt || {});
  const SCALE = 4;
  const MOST = 64; // screen pixels for each input pixel

  kit.panes = function (element, api) {
    const find = (selector) => element.querySelector(selector);
    const texts = JSON.parse(find(".cf-results").dataset.texts);
    const zoom = find(".cf-zoom"), magnification = find(".cf-magnification");
    const smooth = find(".cf-smooth"), detail = find(".cf-detail");
    const panes = Array.from(element.querySelectorAll(".cf-pane"), (figure) => ({
      figure, name: figure.dataset.model, viewer: null, shown: null, blob: null,
    }));
    let leader = null;
    let turn = Promise.resolve();

    function makeViewer(pane) {
      const place = pane.figure.querySelector(".cf-view");
      place.replaceChildren();
      const viewer = OpenSeadragon({
        element: place,
        drawer: "canvas",
        showNavigationControl: false,
        animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.2,
        blendTime: 0,
        immediateRender: true,
        preserveViewport: true,
        visibilityRatio: 0.5,
        minZoomImageRatio: 0.8,
        maxZoomPixelRatio: MOST / SCALE,
        zoomPerScroll: 1.25,
        imageSmoothingEnabled: smooth.checked,
        gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
        gestureSettingsTouch: { pinchRotate: false, flickEnabled: false },
        gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
      });
      viewer.canvas.setAttribute("role", "application");
      viewer.canvas.setAttribute("aria-label", place.dataset.label);
      for (const act of ["canvas-press", "canvas-scroll", "canvas-pinch", "canvas-key", "canvas-double-click"]) {
        viewer.addHandler(act, () => { leader = viewer; });
      }
      viewer.addHandler("canvas-key", (event) => {
        // Turning or mirroring one pane would break the comparison.
        if (/^[rf]$/i.test(event.originalEvent.key)) event.preventDefaultAction = true;
      });
      viewer.addHandler("viewport-change", () => viewer === leader && follow());
      viewer.addHandler("resize", () => leader && requestAnimationFrame(follow));
      pane.viewer = viewer;
      return viewer;
    }

    /* Only the viewer that was touched last leads; the others copy its place and never answer back. */
    function follow() {
      if (!leader || !leader.world.getItemCount()) return;
      const level = leader.viewport.getZoom(true), centre = leader.viewport.getCenter(true);
      for (const { viewer } of panes) {
        if (viewer === leader || !viewer || !viewer.world.getItemCount()) continue;
        viewer.viewport.zoomTo(level, null, true);
        viewer.viewport.panTo(centre, true);
      }
      write();
    }

    function write() {
      const times = SCALE * leader.viewport.viewportToImageZoom(leader.viewport.getZoom(true));
      zoom.value = Math.log2(times);
      const words = texts.magnification.replace("{x}", times.toFixed(times < 10 ? 1 : 0));
      magnification.textContent = words;
      zoom.setAttribute("aria-valuetext", words);
    }

    function goTo(times) {
      leader = leader || panes[0].viewer;
      leader.viewport.zoomTo(leader.viewport.imageToViewportZoom(times / SCALE), null, true);
      leader.viewport.applyConstraints(true);
      follow();
    }

    function fit() {
      leader = leader || panes[0].viewer;
      const port = leader.viewport;
      // A small crop fits at a large magnification; one screen pixel for an input pixel stays in reach.
      const least = Math.min(0.8 * SCALE * port.viewportToImageZoom(port.getHomeZoom()), 1);
      for (const { viewer } of panes) viewer.viewport.minZoomLevel = port.imageToViewportZoom(least / SCALE);
      port.goHome(true);
      zoom.min = Math.log2(least);
      zoom.max = Math.log2(MOST);
      follow();
    }

    const once = (viewer, name) => new Promise((done) => viewer.addOnceHandler(name, done));

    /* Show one picture; with `keep` it takes the old one's place under an untouched viewport. */
    async function load(pane, news, keep) {
      const answer = await fetch(news.url);
      if (!answer.ok) throw new Error(`picture: ${answer.status}`);
      const blob = URL.createObjectURL(await answer.blob());
      const viewer = pane.viewer || makeViewer(pane);
      const source = { type: "image", url: blob };
      if (keep && viewer.world.getItemCount()) {
        await new Promise((success, error) => viewer.addTiledImage({ tileSource: source, index: 0, replace: true, success, error }));
      } else {
        const opened = once(viewer, "open");
        viewer.open(source);
        await opened;
      }
      if (pane.blob) URL.revokeObjectURL(pane.blob);
      pane.blob = blob;
      pane.shown = news.url;
      pane.figure.dataset.shown = news.url;
      pane.figure.querySelector(".cf-db").textContent = news.db;
      const link = pane.figure.querySelector(".cf-download");
      link.href = blob;
      link.download = news.file;
      link.removeAttribute("aria-disabled");
    }

    async function show(value) {
      find(".cf-crop-line").textContent = value.crop;
      find(".cf-stale").hidden = !value.stale;
      const changed = panes
        .map((pane) => [pane, value.panes.find((news) => news.name === pane.name)])
        .filter(([pane, news]) => news && news.url !== pane.shown);
      if (!changed.length) return;
      const keep = changed.length < panes.length;
      await Promise.all(changed.map(([pane, news]) => load(pane, news, keep)));
      if (!keep) {
        for (const control of element.querySelectorAll("[disabled]")) control.disabled = false;
        find(".cf-results").classList.add("cf-full-of-it");
        fit();
      }
    }

    function look() {
      const value = api.props.value;
      // One after the other: a picture that arrives late must not replace a newer one.
      if (value && value.panes) turn = turn.then(() => show(value)).catch((error) => console.warn(error.message));
    }

    zoom.addEventListener("input", () => goTo(2 ** Number(zoom.value)));
    find(".cf-fit").addEventListener("click", fit);
    find(".cf-one").addEventListener("click", () => goTo(SCALE));
    smooth.addEventListener("change", () => {
      for (const { viewer } of panes) {
        viewer.drawer.setImageSmoothingEnabled(smooth.checked);
        viewer.forceRedraw();
      }
    });
    find(".cf-full").addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else find(".cf-results").requestFullscreen();
    });
    let pending = 0;
    detail.addEventListener("input", () => {
      find(".cf-detail-value").textContent = Number(detail.value).toFixed(2);
      clearTimeout(pending);
      pending = setTimeout(() => api.trigger("detail", { detail: Number(detail.value) }), 120);
    });

    element.cfesrt = { panes, leader: () => leader };
    api.watch("value", look);
    look();
  };
})();
