# Recipes for https://just.systems. Each is one line that can be typed without it.

# Worlds in which everything goes wrong: just simulate --seeds 100000 [--from 0] [--steps 120]
simulate *ARGS:
    scripts/simulate {{ ARGS }}

# Everything that `.ci/run` begins with.
test *ARGS:
    cargo test {{ ARGS }}

# Keys at random, at desks of their own: just keys 1000000
keys KEYS="1000000":
    PAYDESK_KEYS={{ KEYS }} cargo test --release --lib simulator::tests::whatever -- --nocapture

# `kill -9` of the real binary at so many random moments: just kill 500
kill KILLS="500":
    PAYDESK_KILLS={{ KILLS }} cargo test --test it kill -- --nocapture

# Mutated inputs of every kind that comes from outside, so many of each: just mutate 1000000
mutate INPUTS="1000000":
    PAYDESK_INPUTS={{ INPUTS }} cargo test --test it mutations -- --nocapture

# Sittings of the real binary in a terminal that is sent anything: just sittings 200
sittings SITTINGS="200":
    PAYDESK_SITTINGS={{ SITTINGS }} cargo test --test it sittings -- --nocapture

# The table of figures.
bench:
    scripts/bench

# The pictures of the README.
pictures:
    scripts/pictures
