"""Small data sets in the published layouts, for tests."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np


def photograph(path: Path, size: tuple[int, int] = (24, 32)) -> Path:
    """Noise that is the same for the same file name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(zlib.crc32(path.name.encode()))
    cv2.imwrite(str(path), random.integers(0, 256, (*size, 3), np.uint8))
    return path


def isic_2019(folder: Path, lesions: dict[str, str], inner: str = ".") -> Path:
    """ISIC 2019 of these images: image → lesion ("" where it is not known). The second is a melanoma, all else nevi."""
    metadata = ["image,age_approx,anatom_site_general,lesion_id,sex"]
    truth = ["image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK"]
    for number, (image, lesion) in enumerate(lesions.items()):
        photograph(folder / "ISIC_2019_Training_Input" / inner / f"{image}.jpg")
        metadata.append(f"{image},55.0,anterior torso,{lesion},female")
        truth.append(f"{image}," + ("1.0,0.0" if number == 1 else "0.0,1.0") + ",0.0" * 7)
    (folder / "ISIC_2019_Training_Metadata.csv").write_text("\n".join(metadata) + "\n")
    (folder / "ISIC_2019_Training_GroundTruth.csv").write_text("\n".join(truth) + "\n")
    return folder


def isic_cli(folder: Path) -> Path:
    """What ``isic image download`` leaves, its table with a byte order mark as spreadsheets write it."""
    for name in ("ISIC_0000001.jpg", "ISIC_0000002.jpg", "ISIC_0000003.JPG"):
        photograph(folder / name)
    (folder / "attribution.txt").write_text("some institution")
    (folder / "licenses").mkdir()
    (folder / "licenses" / "CC-0.txt").write_text("CC0")
    (folder / "metadata.csv").write_text(
        "isic_id,attribution,copyright_license,diagnosis_1,diagnosis_2,diagnosis_3,lesion_id,patient_id\n"
        'ISIC_0000001,"a, b",CC-0,Malignant,Malignant melanocytic,Melanoma Invasive,IL_1,IP_1\n'
        "ISIC_0000002,c,CC-0,Benign,,,IL_1,\n"
        "ISIC_0000003,c,CC-0,,,,,IP_1\n",
        encoding="utf-8-sig",
    )
    return folder


def pad_ufes_20(folder: Path, folders: tuple[str, str] = ("imgs_part_1", "imgs_part_2")) -> Path:
    photograph(folder / folders[0] / "PAT_1_10_100.png")
    photograph(folder / folders[0] / "PAT_1_11_101.png")
    photograph(folder / folders[1] / "PAT_2_12_102.png")
    (folder / "metadata.csv").write_text(
        "patient_id,lesion_id,smoke,age,region,diagnostic,img_id,biopsed\n"
        "PAT_1,10,False,55,NECK,NEV,PAT_1_10_100.png,False\n"
        "PAT_1,11,,55,FACE,BCC,PAT_1_11_101.png,True\n"
        "PAT_2,12,,70,ARM,ACK,PAT_2_12_102.png,False\n"
    )
    return folder
