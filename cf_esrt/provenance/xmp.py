"""XMP: the label as a packet, and back.

Sources: XMP Specification Part 1 (ISO 16684-1), serialisation, and Part 3, 1.1.4 (PNG: iTXt, uncompressed);
IPTC Photo Metadata Standard, Digital Source Type, with the IPTC NewsCodes value ``algorithmicallyEnhanced``.
"""

from __future__ import annotations

import io
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from PIL import Image

from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.record import ImageDigest

KEYWORD = "XML:com.adobe.xmp"
NAMESPACE = "urn:x-cf-esrt:record:1#"
"""Of this project's properties."""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES = {
    "rdf": _RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "cfesrt": NAMESPACE,
}
_MAX_TEXT = 1 << 20


def packet(label: Label) -> str:
    """The packet; equal labels give equal text. It begins with U+FEFF inside its processing instruction."""
    body = "\n".join(f"   <cfesrt:{name}>{escape(value)}</cfesrt:{name}>" for name, value in _values(label).items())
    source = f"   <Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>\n"
    spaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _NAMES.items())
    description = escape(f"{label.settings}. {label.description} {label.notice}")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF {spaces}>\n  <rdf:Description rdf:about="">\n'
        f"   <xmp:CreatorTool>CF-ESRT {escape(label.version)}</xmp:CreatorTool>\n"
        f'   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description>\n'
        f"{source if label.enhanced else ''}{body}\n"
        '  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="r"?>'
    )


def parse(text: str) -> Label:
    """The label that `packet` wrote. Raises ProvenanceError where there is no whole label of this project."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # no XMP has them; they are how an XML file attacks its reader
        raise ProvenanceError("The XMP packet holds declarations that do not belong there.")
    try:
        root = ElementTree.fromstring(text.replace("\ufeff", ""))
    except ElementTree.ParseError as error:
        raise ProvenanceError("The XMP packet is damaged.") from error
    start = f"{{{NAMESPACE}}}"
    found = {node.tag.removeprefix(start): node.text or "" for node in root.iter() if node.tag.startswith(start)}
    if not found:
        raise ProvenanceError("The XMP packet holds no label of this project.")
    try:
        return _label(found)
    except (KeyError, ValueError) as error:
        raise ProvenanceError("The label in the XMP packet is incomplete or damaged.") from error


def read_xmp(png: bytes) -> Label:
    """The label of a PNG that this project wrote. Raises ProvenanceError for other bytes."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            text = getattr(image, "text", {}).get(KEYWORD)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ProvenanceError("The file is no PNG, or it is damaged.") from error
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        raise ProvenanceError("The PNG holds no XMP packet.")
    return parse(text)


def _values(label: Label) -> dict[str, str]:
    """Property → text; what does not apply is absent."""
    values: dict[str, object] = {
        "algorithmicallyEnhanced": label.enhanced,
        "title": label.title,
        "description": label.description,
        "notice": label.notice,
        "softwareVersion": label.version,
        "model": label.model,
        "checkpointSHA256": label.checkpoint_sha256,
        "inputSHA256": label.crop_sha256,
        "photographSHA256": label.photograph_sha256,
        "scale": label.scale,
        "detail": label.detail,
        "backProjected": label.back_projected,
        "consistencyDB": label.consistency,
        "believed": label.believed,
        "pictureSHA256": label.picture.sha256,
        "pictureWidth": label.picture.width,
        "pictureHeight": label.picture.height,
    }
    return {name: repr(value) if isinstance(value, float) else str(value) for name, value in values.items()
            if value is not None}  # fmt: skip


def _label(found: dict[str, str]) -> Label:
    booleans = {"True": True, "False": False}
    label = Label(
        title=found["title"],
        description=found["description"],
        picture=ImageDigest(int(found["pictureWidth"]), int(found["pictureHeight"]), found["pictureSHA256"]),
        crop_sha256=found["inputSHA256"],
        photograph_sha256=found["photographSHA256"],
        version=found["softwareVersion"],
        notice=found["notice"],
        model=found.get("model"),
        checkpoint_sha256=found.get("checkpointSHA256"),
        scale=int(found["scale"]),
        detail=float(found["detail"]) if "detail" in found else None,
        back_projected=booleans[found["backProjected"]],
        consistency=float(found["consistencyDB"]) if "consistencyDB" in found else None,
        believed=found.get("believed"),
    )
    if label.enhanced != booleans[found["algorithmicallyEnhanced"]]:
        raise ValueError("algorithmicallyEnhanced")
    return label
