# make test   every test, of long tables a few rows; what could not be run is a failure
# make every  the same in the sizes that CI holds: every row, every story, every page in each language
# make check  what CI asks beside them: format, vet, staticcheck, races, fuzzing, other machines
# make long   what the tests do a few times, done more often still: faults, histories, mutants
# make build  both programs into bin/
# make browse  the pages, each for every role in every way (long); needs Chromium, as make test does
# make pictures  pictures of all pages into bin/pictures/; the few in docs/screenshots/ are chosen from them

GO ?= go
# By number: before Go 1.27 a fuzz run that ends by time can fail at its end
# (go.dev/issue/75804).
FUZZTIME ?= 50000x
CONCURRENT = ./pkg/broker/... ./pkg/obs ./pkg/pdp ./pkg/run ./pkg/trust ./pkg/vault ./services/...
TARGETS = linux/arm64 windows/amd64 darwin/arm64

.PHONY: test every check long build browse pictures format vet staticcheck race fuzz cross

test: go chromium
	$(GO) test -timeout 40m ./...

check: format vet staticcheck race fuzz cross

# Where make test goes through a few rows of a table, this goes through all of them; a test that
# has one is named here, which another test sees to. The numbers stand here too, so that what CI
# holds is read in one place.
every: go chromium
	$(GO) test -timeout 30m ./services/town -run 'NeitherEndCanReadWhatWasAsked|KilledBetweenAny|EachFaultTwice|ManyFaults|WhatIsStoppedNever|MonthsGoBy|ManyLocks|ChangeOfMindStops|PassedOnIsDestroyed|TakenBackFromTheHub|SuspendsAnAgency|PreviewIsThePayload|ReachesEveryMember|KilledInTheMiddleGoesOn|AcrossAKillIsDoneOnce' -all -locks 4 -days 99 -rapid.checks 100 -members 12 -rows 10000
	$(GO) test -timeout 30m ./services/town/story -all
	$(GO) test -timeout 30m ./cmd/posada -run TestStories -all
	$(GO) test -timeout 20m ./services/town/takenback -run RealNodes -histories 60
	$(GO) test -timeout 20m ./services/town/placed -run 'LettersInAnyOrder|ExactlyThose|Surge' -needs 6 -surge 16 -kills 4
	$(GO) test -timeout 20m ./pkg/prove -run 'RuleChanged|RuleOfAskingChanged|EveryRule|EachCellOfTheView|ToldToChange' -all -mutants 40 -questions 24
	$(GO) test -timeout 40m ./services/console/browsing -run 'EveryPageIsFit|SixteenYearOldIsHeard|NobodyTakesMen|DecidedByAtEveryNode' -closely -nodes 50

# Each is bounded by a number, not by time.
long: go
	$(GO) test -timeout 20m ./services/town -run 'ManyFaults|WhatIsStopped|MonthsGoBy|ManyLocks' -seeds 4 -days 366 -locks 20
	$(GO) test -timeout 20m ./services/town/takenback -run RealNodes -histories 500
	$(GO) test -timeout 20m ./services/town/placed -run 'LettersInAnyOrder|ExactlyThose|Surge' -seeds 20 -needs 50 -surge 60 -kills 8
	$(GO) test -timeout 20m ./services/node/post -run HubRepeats -replays 6000
	$(GO) test -timeout 20m ./services/node/keys -run KeysTurnOverAndEverything -epochs 400
	$(GO) test -timeout 20m ./pkg/prove -run EveryRule -mutants 150

build: go
	$(GO) build -trimpath -o bin/ ./cmd/posada ./cmd/posada-hub

browse: go chromium
	$(GO) test -timeout 2h ./services/console/browsing -all

pictures: go chromium
	@mkdir -p bin/pictures
	$(GO) test ./services/console/browsing -count=1 -timeout 40m -run Pictures -screenshots $(CURDIR)/bin/pictures

# Go fetches its own tool chain and every module by itself; without Go there is
# nothing to fetch them with.
.PHONY: go
go:
	@command -v $(GO) >/dev/null || { echo "make: $(GO) is not installed: see https://go.dev/dl (1.26 or newer)" >&2; exit 1; }

# The pages are tested in a real browser. Where there is none and this machine has
# apt-get it is installed; where it has not, the tests say what is missing.
.PHONY: chromium
chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	command -v apt-get >/dev/null || exit 0; \
	[ "$$(id -u)" = 0 ] && as= || as=sudo; \
	$$as apt-get update -qq && $$as apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core

format: go
	@wrong=$$(gofmt -l cmd deploy pkg policy services); [ -z "$$wrong" ] || { echo "run gofmt -w on:" $$wrong >&2; exit 1; }

vet: go
	$(GO) vet ./...

staticcheck: go
	$(GO) tool staticcheck ./...

race: go
	@command -v $$($(GO) env CC) >/dev/null || { echo "make race: no C compiler, which the race detector needs: NOT RUN" >&2; exit 1; }
	$(GO) test -race -parallel 2 -timeout 60m $$($(GO) list $(CONCURRENT) | grep -Ev '/(browsing|story)$$')
	$(GO) test -race -timeout 60m ./services/town/story -run AsToldInEachLanguage
	$(GO) test -race -timeout 60m ./services/console/browsing -run ReferralGoesItsWay

# Each fuzz target FUZZTIME; a target that nothing lists is not run, so the
# list is read from the source.
fuzz: go
	@for file in $$(grep -rl '^func Fuzz' pkg services --include='*_test.go'); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$file); do \
	    echo "$(GO) test -fuzz $$target ./$$(dirname $$file)"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./$$(dirname $$file) >/tmp/posada-fuzz.$$$$ 2>&1 || { cat /tmp/posada-fuzz.$$$$; rm -f /tmp/posada-fuzz.$$$$; exit 1; }; \
	    tail -1 /tmp/posada-fuzz.$$$$; rm -f /tmp/posada-fuzz.$$$$; \
	  done; \
	done

cross: go
	@for target in $(TARGETS); do \
	  for program in posada posada-hub; do \
	    echo "$$target $$program"; \
	    CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -trimpath -o /dev/null ./cmd/$$program || exit 1; \
	  done; \
	done
