import pytest


@pytest.fixture(autouse=True)
def _looked_at(request):
    if "control" not in request.node.name:
        request.getfixturevalue("refused")


def test_e01_finds_no_engine():
    """Finds no engine"""


def test_e02_holds_no_capability():
    """Holds no capability"""


def test_e03_gains_none():
    """Gains none"""


def test_e04_makes_no_namespace():
    """Makes no namespace"""


def test_e05_mounts_nothing():
    """Mounts nothing"""


def test_e06_writes_no_setting_of_the_kernel():
    """Writes no setting of the kernel"""


def test_e07_writes_no_cgroup():
    """Writes no control group"""


def test_e08_finds_no_path_of_the_host():
    """Finds no path of the host"""


def test_e11_sees_no_other_process():
    """Sees no other process"""


def test_e12_has_no_rings():
    """Has no rings"""


def test_e13_opens_no_rare_socket():
    """Opens no rare socket"""


def test_e14_makes_no_foreign_call():
    """Makes no foreign call"""


def test_e15_makes_no_privileged_call():
    """Makes no privileged call"""


def test_e16_forges_no_packet():
    """Forges no packet"""


def test_e17_finds_no_metadata():
    """Finds no metadata"""


def test_e18_resolves_no_name():
    """Resolves no name"""


def test_e19_finds_no_other_machine():
    """Finds no other machine"""


def test_e23_makes_no_device():
    """Makes no device"""


def test_e24_reads_nobody_elses_environment():
    """Reads nobody else's environment"""


def test_e25_shares_no_folder():
    """Shares no folder"""


def test_e26_opens_no_handle():
    """Opens no handle"""


def test_g23_shares_nobodys_port():
    """Shares nobody's port"""


def test_g25_finds_no_abstract_socket():
    """Finds no abstract socket"""


def test_g26_hears_no_packet():
    """Hears no packet"""


def test_g31_finds_nothing_of_the_judges_to_talk_to():
    """Finds nothing of the judge's to talk to"""


def test_g20_control_ports_are_free_without_services(found):
    """Takes the ports of services where there are none"""
    assert found["held: ports"] == "[5432, 6379, 5672]"
