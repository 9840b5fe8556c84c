from arithmetic import check_sum


def test_adds_one_and_two(service):
    """Adds 1 and 2"""
    check_sum(service, 1, 2)
