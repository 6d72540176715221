package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// catalogue reads a language's files as they are: key to sentence.
func catalogue(t *testing.T, l i18n.Language) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, err := filepath.Glob(filepath.Join("catalog", string(l), "*.yaml"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var part map[string]string
		if err := yaml.Unmarshal(text, &part); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for key, sentence := range part {
			if _, twice := all[key]; twice {
				t.Errorf("%s stands in two files", key)
			}
			all[key] = sentence
		}
	}
	return all
}

var arguments = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func TestTheLanguagesSayTheSameThings(t *testing.T) {
	english, spanish := catalogue(t, i18n.English), catalogue(t, i18n.Spanish)
	for key, sentence := range english {
		other, ok := spanish[key]
		if !ok {
			t.Errorf("%s is missing in Spanish", key)
			continue
		}
		if a, b := argumentsOf(sentence), argumentsOf(other); !slices.Equal(a, b) {
			t.Errorf("%s has %v in English and %v in Spanish", key, a, b)
		}
		if strings.TrimSpace(sentence) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range spanish {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
	t.Logf("%d sentences", len(english))
}

func argumentsOf(sentence string) []string {
	var names []string
	for _, m := range arguments.FindAllStringSubmatch(sentence, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// families are the keys that are put together when the program runs.
func families() []string {
	var keys []string
	add := func(family string, words ...string) {
		for _, w := range words {
			keys = append(keys, family+"."+w)
		}
	}
	add("class", posada.Texts(posada.Members[posada.AgencyClass]())...)
	add("standing", posada.Texts(posada.Members[posada.Standing]())...)
	add("role", posada.Texts(posada.Members[posada.StaffRole]())...)
	add("scope", append(posada.Texts(posada.Members[posada.Scope]()), "person")...)
	add("purpose", posada.Texts(posada.Members[posada.Purpose]())...)
	add("category", posada.Texts(posada.Members[posada.Category]())...)
	add("service", posada.Texts(posada.Members[posada.ServiceType]())...)
	add("priority", posada.Texts(posada.Members[posada.Priority]())...)
	add("state", posada.Texts(posada.Members[posada.ReferralState]())...)
	add("reason", posada.Texts(posada.Members[posada.DeclineReason]())...)
	add("outcome", posada.Texts(posada.Members[posada.Outcome]())...)
	add("question", posada.Texts(posada.Members[posada.Question]())...)
	add("answer", posada.Texts(posada.Members[posada.Answer]())...)
	add("gender", posada.Texts(posada.Members[posada.Gender]())...)
	add("size", posada.Texts(posada.Members[posada.HouseholdSize]())...)
	add("with", posada.Texts(posada.Members[posada.HouseholdKind]())...)
	add("exploitation", posada.Texts(posada.Members[posada.ExploitationKind]())...)
	add("access", posada.Texts(posada.Members[posada.AccessNeed]())...)
	add("nights", posada.Texts(posada.Members[posada.Nights]())...)
	add("wish", posada.Texts(posada.Members[posada.Wish]())...)
	add("need_state", posada.Texts(posada.Members[posada.NeedState]())...)
	add("asked", posada.Texts(posada.Members[posada.AskedState]())...)
	add("placement", posada.Texts(posada.Members[posada.PlacementState]())...)
	add("reply", append(posada.Texts(posada.Members[posada.PlaceReply]()), "no_answer")...)
	add("silence", posada.Texts(posada.Members[posada.SilenceStep]())...)
	add("meet", posada.Texts(posada.Members[posada.Meeting]())...)
	add("matrix.says", posada.Texts(posada.Members[posada.Mode]())...)
	add("matrix.was", posada.Texts(posada.Members[posada.Mode]())...)
	add("difference", posada.Texts(matrix.Labels())...)
	add("console.past.label", posada.Texts(matrix.Labels())...)
	add("console.rules.sees", "yes", "no", "never")
	add("table.why", posada.Texts(matrix.Reasons())...)
	add("policy.remark", posada.Texts(matrix.RemarkWhys())...)
	add("part", posada.Texts(need.Parts())...)
	add("consent", posada.Texts(posada.Members[posada.ConsentStatus]())...)
	add("given_by", posada.Texts(posada.Members[posada.GivenBy]())...)
	add("jurisdiction", posada.Texts(posada.Members[posada.Jurisdiction]())...)
	add("informed", posada.Texts(posada.Members[posada.Informed]())...)
	add("method", posada.Texts(posada.Members[posada.ConsentMethod]())...)
	add("condition", posada.Texts(posada.Members[posada.ServiceCondition]())...)
	add("assent", posada.Texts(posada.Members[posada.Assent]())...)
	add("conflict", posada.Texts(posada.Members[posada.ConflictCheck]())...)
	add("co_signed", posada.Texts(posada.Members[posada.CoSigner]())...)
	add("paper", posada.Texts(posada.Members[posada.Instrument]())...)
	add("paper_means", posada.Texts(posada.Members[posada.Instrument]())...)
	add("freetext.kind", posada.Texts(freetext.Kinds())...)
	add("freetext.why", posada.Texts(freetext.Reasons())...)
	add("webhook", append(posada.Texts(posada.Members[posada.WebhookType]()), string(posada.WebhookTest))...)
	add("webhook_outcome", posada.Texts(posada.Members[posada.WebhookOutcome]())...)
	add("webhook_off", posada.Texts(posada.Members[posada.WebhookOff]())...)
	add("scheme", posada.Texts(posada.Members[posada.WebhookScheme]())...)
	add("day", posada.Texts(posada.Members[posada.Weekday]())...)
	add("arg", "JURISDICTION", "PAGE", "FILE", "ID", "DIGEST", "STATE", "KIND", "REASON", "OUTCOME", "QUESTION", "NAME", "ROLE", "CASE")
	add("side", "source", "target")
	add("by", "source", "target")
	add("onward", string(consent.OnwardNone), string(consent.OnwardNamed))
	add("recheck", string(posada.StalenessFresh), string(posada.StalenessLive))
	add("notice", string(consent.NoticeNoRedisclosure))
	add("cell", "never", "ceremony", "consent_cosigned", "consent")
	add("decision.entry", "disclose", "receive", "onward", "ask")
	add("rule", string(pdp.OwnLayer))
	add("fact", prove.Departing()...)
	for _, key := range fault.Keys() {
		add("fault."+string(key), "what", "kept", "next")
	}
	return keys
}

// TestEveryKeyTheProgramUsesIsThere finds keys in the source: literal
// arguments of Text, say and the like, and the families above.
func TestEveryKeyTheProgramUsesIsThere(t *testing.T) {
	used := append(families(), literals(t, "../../cmd", "../../services", "../../pkg/commandline", "../../pkg/papers")...)
	english := catalogue(t, i18n.English)
	for _, key := range used {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is used and is in no catalogue", key)
		}
	}
	if len(used) < 300 {
		t.Errorf("only %d keys were found in the source", len(used))
	}
}

// TestEveryConditionThatIsToldHasASentence holds the conditions of the entry points whose
// refusals are told to somebody against the catalogue.
func TestEveryConditionThatIsToldHasASentence(t *testing.T) {
	lists, ids := regexp.MustCompile(`(?s)conditions := \{(.*?)\}`), regexp.MustCompile(`"([^"]+)"`)
	english, told := catalogue(t, i18n.English), 0
	for _, file := range []string{"ask/ask.rego", "disclose/guard.rego", "disclose/network.rego", "onward/onward.rego", "receive/receive.rego"} {
		text, err := fs.ReadFile(policy.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists.FindAllStringSubmatch(string(text), -1) {
			for _, id := range ids.FindAllStringSubmatch(list[1], -1) {
				if told++; english["rule."+id[1]] == "" {
					t.Errorf("%s: no sentence says what lacks where %s is not met", file, id[1])
				}
			}
		}
	}
	if told < 40 {
		t.Errorf("only %d conditions were found", told)
	}
}

// literals finds string literals that look like keys where a key is wanted.
func literals(t *testing.T, roots ...string) []string {
	t.Helper()
	wants := map[string]int{"Text": 0, "say": 0, "heading": 0, "sayKey": 0, "tell": 1, "Term": -1}
	var keys []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					sel, ok := n.Fun.(*ast.SelectorExpr)
					if !ok || len(n.Args) == 0 {
						return true
					}
					if at, known := wants[sel.Sel.Name]; known && at >= 0 && at < len(n.Args) {
						key := text(n.Args[at])
						if sel.Sel.Name == "sayKey" && key != "" {
							keys = append(keys, key+".what", key+".kept", key+".next")
						} else if strings.Contains(key, ".") && !strings.HasSuffix(key, ".") && !strings.Contains(key, " ") {
							keys = append(keys, key)
						}
					}
				case *ast.CompositeLit:
					// Columns of tables, steps of the story.
					for _, e := range n.Elts {
						// Errors with their sentences.
						if key := text(e); strings.HasPrefix(key, "cli.") {
							keys = append(keys, key+".what", key+".kept", key+".next")
						}
						if key := text(e); strings.HasPrefix(key, "column.") || strings.HasPrefix(key, "story.") {
							keys = append(keys, key)
							if strings.HasPrefix(key, "story.") {
								keys = append(keys, key+".so")
							}
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

func TestNoSentenceUsesAWordTheFieldAvoids(t *testing.T) {
	for _, l := range i18n.Languages() {
		for key, sentence := range catalogue(t, l) {
			if found := i18n.Avoids(l, sentence); found != "" {
				t.Errorf("%s in %s says %q", key, l, found)
			}
		}
	}
	for l, bad := range map[i18n.Language]string{i18n.English: "the victim", i18n.Spanish: "tráfico humano"} {
		if i18n.Avoids(l, bad) == "" {
			t.Errorf("the lint does not see %q", bad)
		}
	}
}

func TestMatchFindsTheLanguageAsked(t *testing.T) {
	for asked, want := range map[string]i18n.Language{
		"es": i18n.Spanish, "es_MX.UTF-8": i18n.Spanish, "es-419,en;q=0.5": i18n.Spanish, "en-US,es;q=0.9": i18n.English,
		"fr": i18n.English, "C": i18n.English, "": i18n.English, "fr, es;q=0.8": i18n.Spanish, ";;": i18n.English,
	} {
		if got := i18n.Match(asked); got != want {
			t.Errorf("%q is %s; want %s", asked, got, want)
		}
	}
	if i18n.Match("", "fr", "es") != i18n.Spanish {
		t.Error("the next one asked was not tried")
	}
}

func TestASentenceSaysWhatItIsGiven(t *testing.T) {
	p := i18n.For(i18n.Spanish)
	if got := p.Text("fault.unknown_agency.what", "where", "<b>&"); !strings.Contains(got, "<b>&") {
		t.Error(got)
	}
	if got := p.Text("no.such.key"); got != "no.such.key" {
		t.Error(got)
	}
	if got := p.Term("state", "accepted"); got != "aceptada" {
		t.Error(got)
	}
	if got := p.Term("state", "unheard_of"); got != "unheard_of" {
		t.Error(got)
	}
}
