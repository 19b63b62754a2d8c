"""Upgrades: what was written under an earlier revision is found under the newest."""

from pathlib import Path

from shared.testing import Cluster, Postgres


def test_members_of_before_are_found_by_their_interests(tmp_path: Path, server: Postgres | None) -> None:
    cluster = Cluster(tmp_path / "home", ("membership",), postgres=server)
    with cluster:
        with cluster.direct("membership") as client:
            found = client.post("/v1/communities", json={"slug": "old", "name": "Old", "kind": "cop"})
            path = f"/v1/communities/{found.json()['id']}"
            for handle, interests in (("ada", ["  Photo\u2011Walks ", "Chess"]), ("ben", [])):
                given = {"handle": handle, "display_name": handle, "interests": interests}
                assert client.post(f"{path}/members", json=given).status_code == 201
        wanted = cluster.rows("membership", "SELECT interest FROM member_interest ORDER BY interest")
        assert len(wanted) == 2
        cluster.execute("membership", "DELETE FROM member_interest")
        cluster.execute("membership", "UPDATE alembic_version SET version_num = '0002'")
        assert cluster.stop() == 0
        cluster.start()
        assert cluster.rows("membership", "SELECT interest FROM member_interest ORDER BY interest") == wanted
        with cluster.direct("membership") as client:
            listed = client.get(f"{path}/members", params={"interest": "chess"}).json()["items"]
            assert [each["handle"] for each in listed] == ["ada"]
