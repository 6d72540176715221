package prove_test

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/altered"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/policy"
)

// TestARuleChangedIsADisagreement changes one thing in each kind of rule and
// expects the proof to find it.
func TestARuleChangedIsADisagreement(t *testing.T) {
	const (
		guard, disclose, network = "disclose/guard.rego", "disclose/disclose.rego", "disclose/network.rego"
		receive, view, words     = "receive/receive.rego", "view/view.rego", "vocabulary/vocabulary.rego"
		onward                   = "onward/onward.rego"
	)
	for name, m := range sampled.Rows(map[string]struct{ file, from, to string }{
		"answers to the feared":        {receive, `input.sender.class in vocabulary.trusted_classes`, `input.sender.class in vocabulary.trusted_classes | vocabulary.distrusted_classes`},
		"police trusted":               {words, `"research",` + "\n}", `"research", "law_enforcement",` + "\n}"},
		"coalition may hold data":      {words, `- {"coalition"}`, `- {"nobody"}`},
		"legal strategy may leave":     {words, `"outcome", "safety_plan",`, `"outcome", "safety_plan", "legal_strategy",`},
		"one thing need not be told":   {words, `"withdrawal", "storage",`, `"storage",`},
		"opt-in may cool off":          {guard, `input.consent.opt_in == "complete"`, `input.consent.opt_in in {"complete", "cooling_off"}`},
		"opt-in may be repeated":       {guard, `input.consent.use == "single_unused"`, `input.consent.use in {"single_unused", "repeated"}`},
		"suspended members receive":    {guard, `input.recipient.standing in {"active", "joining"}`, `input.recipient.standing in {"active", "joining", "suspended"}`},
		"who joined today receives":    {guard, `input.recipient.standing in {"active", "suspended", "removed"`, `input.recipient.standing in {"active", "joining", "suspended", "removed"`},
		"joined today is left out":     {guard, `"G2.joined", `, ``},
		"unnamed agencies receive":     {guard, `input.recipient.naming == "named"`, `input.recipient.naming in {"named", "unnamed"}`},
		"excluded agencies":            {guard, `in {"named", "unnamed"}`, `in {"named", "unnamed", "excluded"}`},
		"put off is given":             {guard, `in {"given", "renewed"}`, `in {"given", "renewed", "deferred"}`},
		"before it begins":             {guard, `input.consent.window == "within"`, `input.consent.window in {"before", "within"}`},
		"used up":                      {guard, `in {"repeated", "single_unused"}`, `in {"repeated", "single_unused", "single_used"}`},
		"a guardian in conflict":       {guard, `input.consent.conflict == "none_found"`, `input.consent.conflict in {"none_found", "unchecked"}`},
		"a minor who said no":          {guard, `input.consent.assent == "given"`, `input.consent.assent in {"given", "not_given"}`},
		"a service made conditional":   {guard, `input.consent.condition == "not_conditional"`, `input.consent.condition in {"not_conditional", "unattested"}`},
		"location on day-old members":  {guard, ` - {"location_current"}`, ` - {"nothing"}`},
		"a condition left out":         {guard, `"G3.informed", "G3.services", "G5",`, `"G3.informed", "G3.services",`},
		"network left out":             {disclose, "	category in network_permits\n", ""},
		"never is consent":             {network, `network_holds_for("N1", category) if mode(category) in {"consent",`, `network_holds_for("N1", category) if mode(category) in {"never", "consent",`},
		"ceremony without ceremony":    {network, `	mode(category) == "ceremony"` + "\n" + `	input.consent.opt_in == "complete"`, `	mode(category) == "ceremony"`},
		"grant of another purpose":     {receive, `input.purpose == input.grant.purpose`, `input.purpose in {input.grant.purpose, "legal"}`},
		"suspended senders":            {receive, `input.sender.standing == "active"`, `input.sender.standing in {"active", "suspended"}`},
		"passed on to anybody":         {onward, `input.recipient.naming == "named"`, `input.recipient.naming in {"named", "unnamed"}`},
		"passed on to the feared":      {onward, `met contains "O.trust" if input.recipient.class in vocabulary.trusted_classes`, `met contains "O.trust" if input.recipient.class in vocabulary.receiving_classes`},
		"passed on to who joined":      {onward, `input.recipient.standing in {"active", "suspended", "removed"`, `input.recipient.standing in {"active", "joining", "suspended", "removed"`},
		"passed on when taken back":    {onward, `input.holding == "held"`, `input.holding in {"held", "taken_back"}`},
		"passed on after its time":     {onward, `input.grant.window == "within"`, `input.grant.window in {"within", "after"}`},
		"passed on for another end":    {onward, `input.purpose == input.grant.purpose`, `input.purpose in {input.grant.purpose, "shelter"}`},
		"passed on without ceremony":   {onward, `[category] == "consent"`, `[category] in {"consent", "ceremony"}`},
		"passed on beyond the grant":   {onward, `if category in input.grant.categories`, `if category in vocabulary.leaving_categories`},
		"passed on of one not heard":   {onward, `input.issuer in {"live", "fresh"}`, `input.issuer in {"live", "fresh", "stale"}`},
		"passed on where she is":       {onward, `if category != "location_current"`, `if category != "location_shelter"`},
		"an onward condition left out": {onward, `"O.self", `, ``},
		"a table shows screeners":      {view, `looking_roles := {"advocate",`, `looking_roles := {"volunteer_screener", "advocate",`},
		"a table shows nurses photos":  {view, `"photo_biometric": {"advocate",`, `"photo_biometric": {"medical", "advocate",`},
		"a table shows notes of law":   {view, `"legal_strategy": {"legal"}`, `"legal_strategy": {"legal", "advocate"}`},
		"the table is not asked":       {view, `"V.guard", "V.role", "V.need"`, `"V.guard", "V.need"`},
		"the guard is not asked":       {view, `"V.guard", "V.role", "V.need"`, `"V.role", "V.need"`},
		"others' work":                 {view, `input.assignment == "asker"`, `input.assignment in {"asker", "others"}`},
		"nobody's, all of it":          {view, `first_look := {"needs", "outcome"}`, `first_look := {"needs", "outcome", "identity"}`},
		"our own is for everybody":     {view, "	input.origin == \"received\"\n\tinput.assignment == \"nobody\"", "	input.assignment == \"nobody\""},
		"after its time":               {view, `input.window == "within"`, `input.window in {"within", "after"}`},
		"for any purpose":              {view, `health_purposes := {"health",`, `health_purposes := {"health", "legal",`},
		"a view condition left out":    {view, `conditions := {"V.live", "V.purpose"}`, `conditions := {"V.live"}`},
	}, few(8)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disagrees(t, m.file, m.from, m.to)
		})
	}
}

// disagrees holds that the proof of a file's folder sees a change to it.
func disagrees(t *testing.T, file, from, to string) {
	t.Helper()
	files := altered.Files(t, policy.Files, file, from, to)
	engine, err := pdp.New(t.Context(), files)
	if err != nil {
		t.Fatalf("the mutant does not compile, so it shows nothing: %v", err)
	}
	matrix, err := fs.ReadFile(files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	entry := prove.Entry(path.Dir(file))
	if !slices.Contains(prove.Entries(), entry) {
		entry = "disclose" // every entry point reads the vocabulary
	}
	if _, err := prove.Prove(t.Context(), engine, matrix, entry, nil); !errors.Is(err, prove.ErrDisagreement) {
		t.Errorf("the proof did not see it: %v", err)
	}
}
