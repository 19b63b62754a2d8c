"""What SCIM knows and we do not offer: Bulk, Me, a search over everything -> 501 (RFC 7644 3.12)."""

from typing import NoReturn

from services.membership.scim.refusals import NotOffered
from shared.route import Router

router = Router(tags=["scim"], of_caller=True)


@router.post("/scim/v2/Bulk", allows="member.provision", include_in_schema=False)
async def scim_bulk() -> None:
    _refuse("Bulk")


@router.get("/scim/v2/Me", allows="member.provision", include_in_schema=False)
async def scim_get_me() -> None:
    _refuse("Me")


@router.post("/scim/v2/Me", allows="member.provision", include_in_schema=False)
async def scim_create_me() -> None:
    _refuse("Me")


@router.put("/scim/v2/Me", allows="member.provision", include_in_schema=False)
async def scim_replace_me() -> None:
    _refuse("Me")


@router.patch("/scim/v2/Me", allows="member.provision", include_in_schema=False)
async def scim_patch_me() -> None:
    _refuse("Me")


@router.delete("/scim/v2/Me", allows="member.provision", include_in_schema=False)
async def scim_delete_me() -> None:
    _refuse("Me")


@router.post("/scim/v2/.search", allows="member.provision", include_in_schema=False)
async def scim_search_everything() -> None:
    _refuse("a search over all resources")


def _refuse(what: str) -> NoReturn:
    raise NotOffered(f"{what} is not offered, see /scim/v2/ServiceProviderConfig")
