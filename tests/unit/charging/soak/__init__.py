"""Charging lived through at random, and checked after every step.

`life` opens accounts and performs operations; `driver` performs a hundred
thousand of them in the tests and as many as are wanted by `make soak`, and
`test_conservation` lets Hypothesis choose them, so that what fails becomes short.
The partition is real: writer, journal, codec, snapshots, restarts, lost commits.

Worked out once more by the slow model (`slow_*`, which share no code with
charging): which price of which version holds, factors, increments, what each
container, event and peak costs, tax, allowances in burn order with members' limits and
first use, what is overdrawn, counters with their marks, which numbers are new, how long a
grant may last, what must be held for it, whether a refusal was right.

Checked fact by fact, not worked out: when periods of subscriptions begin and end; what is
suspended and resumed when (`fee_audit`: each fee by its own record and the list, no second paid
twice, nothing within a trial); how large a grant is between what is affordable and what is wanted;
what re-rating makes of sessions in which allowances or monthly prices had a part.

Always: the books kept from events alone (`ledger`) agree with memory; a
refusal, a duplicate and an enquiry change nothing; a copy that knows only the journal's
octets stands where memory stands; now and then, and at the end, whole states and their
digests are compared, also from a snapshot and from the first record on.

Left out: velocity limits, which are kept beside the partition, and bundles.
"""
