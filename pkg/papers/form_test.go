package papers_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

func invented() papers.Form {
	return papers.Form{
		Agency: "Casa Girasol", Hub: "Cooperativa de Enlace Dos Orillas",
		Lines: []papers.FormLine{
			{To: "Consultorio Legal Frontera", Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryEmployer)},
			{To: "Clínica Orilla", Purpose: posada.PurposeHealth, Categories: posada.SetOf(posada.CategoryIdentity, posada.CategoryMedical), Once: true, Onward: []string{"Farmacia Inventada"}},
		},
		Excluded: []string{"Refugio Mesquite"}, Withheld: posada.SetOf(posada.CategoryImmigrationStatus),
		Services: posada.SetOf(posada.ServiceLegalWageClaim), Made: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC), Days: 30,
		GivenBy: posada.GivenBySelf, Method: posada.MethodWritten, Mark: papers.Mark([]byte("invented")),
	}
}

// both are the form as it is read and as it is printed.
func both(t *testing.T, f papers.Form, l i18n.Language) map[string]string {
	t.Helper()
	text, err := f.Text(l)
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.HTML(l)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"text": text, "page": page}
}

func TestTheFormSaysEveryFactItIsMadeOf(t *testing.T) {
	want := map[i18n.Language][]string{
		i18n.English: {"Casa Girasol", "Dos Orillas, which can read none", "Consultorio Legal Frontera", "help from a lawyer", "how to reach you safely", "who you worked for",
			"more than once", "for one time", "Clínica Orilla", "your health", "They may not pass it on to anybody", "Farmacia Inventada", "Refugio Mesquite",
			"your papers and your immigration status", "a lawyer for the wages you are owed", "lasts 30 days", "28 November 2026", "28 December 2026", "photographs, fingerprints"},
		i18n.Spanish: {"Casa Girasol", "Dos Orillas, que no puede leer", "Consultorio Legal Frontera", "ayuda de una abogada", "sin ponerle en peligro", "para quién trabajó usted",
			"más de una vez", "una sola vez", "Clínica Orilla", "su salud", "No puede pasarlo a nadie", "Farmacia Inventada", "Refugio Mesquite",
			"sus papeles y su situación migratoria", "por el salario que le deben", "30 días", "28 de noviembre de 2026", "28 de diciembre de 2026", "fotos, huellas"},
	}
	for l, facts := range want {
		for form, text := range both(t, invented(), l) {
			for _, fact := range facts {
				if !strings.Contains(text, fact) {
					t.Errorf("the %s in %s does not say %q", form, l, fact)
				}
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
				t.Errorf("the %s in %s was not filled", form, l)
			}
		}
	}
}

// kept is a form for an agency's own record.
func kept() papers.Form {
	f := invented()
	f.Own, f.Lines = true, []papers.FormLine{{To: f.Agency, Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryEmployer), Once: true}}
	return f
}

// TestWhatIsKeptIsNotSaidToBeShared: nothing goes anywhere, and nobody carries it.
func TestWhatIsKeptIsNotSaidToBeShared(t *testing.T) {
	for l, says := range map[i18n.Language]struct{ kept, never []string }{
		i18n.English: {[]string{"We keep, in our own record:", "who you worked for", "what we keep in our own record stays", "eight words for it"}, []string{"Whom it goes to", "They may", "Dos Orillas", "shared until", "is shared."}},
		i18n.Spanish: {[]string{"Guardamos, en nuestro expediente propio:", "para quién trabajó usted", "expediente propio se queda", "ocho palabras para esto"}, []string{"A quién llega", "Puede recibir", "Dos Orillas", "no se comparte"}},
	} {
		for form, text := range both(t, kept(), l) {
			for _, fact := range says.kept {
				if !strings.Contains(text, fact) {
					t.Errorf("the %s in %s does not say %q", form, l, fact)
				}
			}
			for _, fact := range says.never {
				if strings.Contains(text, fact) {
					t.Errorf("the %s in %s says %q", form, l, fact)
				}
			}
		}
	}
}

// TestAMinorAloneHearsWhoMayTell: where there is something to hear.
func TestAMinorAloneHearsWhoMayTell(t *testing.T) {
	f := invented()
	f.Tells = []papers.FormTell{{Services: posada.SetOf(posada.ServiceSubstanceUse), Says: map[string]string{"en": "a parent is told", "es": "se avisa a la madre"}}}
	for l, says := range map[i18n.Language]string{i18n.English: "help with alcohol or drugs: a parent is told", i18n.Spanish: "ayuda con el alcohol o las drogas: se avisa a la madre"} {
		f.GivenBy = posada.GivenBySelf
		if strings.Contains(both(t, f, l)["text"], says) {
			t.Errorf("%s: it is said to somebody of age", l)
		}
		f.GivenBy = posada.GivenByMinorAlone
		for form, text := range both(t, f, l) {
			if !strings.Contains(text, says) {
				t.Errorf("the %s in %s does not say %q", form, l, says)
			}
		}
	}
}

// TestEverythingSheIsToldHasABox: as many as the record's checklist has.
func TestEverythingSheIsToldHasABox(t *testing.T) {
	told := len(posada.Members[posada.Informed]())
	for _, l := range i18n.Languages() {
		texts := both(t, invented(), l)
		for form, text := range both(t, kept(), l) {
			texts["own "+form] = text
		}
		for form, text := range texts {
			boxes := strings.Count(text, "[ ] ")
			if strings.HasSuffix(form, "page") {
				boxes = strings.Count(regexp.MustCompile(`(?s)<ul class="box">.*?</ul>`).FindString(text), "<li>")
			}
			if boxes != told {
				t.Errorf("the %s in %s has %d boxes, and she is told %d things", form, l, boxes, told)
			}
		}
	}
}

// TestThoseSignWhoAgreeAndNobodyElse counts the lines to sign on.
func TestThoseSignWhoAgreeAndNobodyElse(t *testing.T) {
	advocate, representative := posada.SetOf(posada.CoSignerChildAdvocate), posada.SetOf(posada.CoSignerLegalRepresentative)
	for name, c := range map[string]struct {
		by          posada.GivenBy
		method      posada.ConsentMethod
		with        posada.Set[posada.CoSigner]
		interpreter bool
		sign        []string // besides the agency's and the day
		thumb       bool
	}{
		"self, written":           {by: posada.GivenBySelf, method: posada.MethodWritten, sign: []string{"any mark of yours"}},
		"self, thumbprint":        {by: posada.GivenBySelf, method: posada.MethodThumbprint, thumb: true},
		"self, audio":             {by: posada.GivenBySelf, method: posada.MethodAudio, sign: []string{"where the recording is kept"}},
		"with an interpreter":     {by: posada.GivenBySelf, method: posada.MethodWritten, interpreter: true, sign: []string{"any mark of yours", "Interpreter"}},
		"guardian and minor":      {by: posada.GivenByGuardianAndMinor, method: posada.MethodWritten, sign: []string{"any mark of yours", "Your guardian"}},
		"minor with an advocate":  {by: posada.GivenByMinorAlone, method: posada.MethodWritten, with: advocate, sign: []string{"any mark of yours", "Your child advocate"}},
		"legal representative":    {by: posada.GivenByLegalRepresentative, method: posada.MethodWritten, sign: []string{"Your legal representative"}},
		"and as a co-signer once": {by: posada.GivenByLegalRepresentative, method: posada.MethodWritten, with: representative, sign: []string{"Your legal representative"}},
		"a co-signer":             {by: posada.GivenBySelf, method: posada.MethodWritten, with: representative, sign: []string{"any mark of yours", "Your legal representative"}},
	} {
		f := invented()
		f.GivenBy, f.Method, f.CoSigned, f.Interpreter = c.by, c.method, c.with, c.interpreter
		for _, l := range i18n.Languages() {
			page := both(t, f, l)["page"]
			if got := strings.Count(page, `<p class="sign">`); got != len(c.sign)+2 {
				t.Errorf("%s, %s: %d lines to sign on; want %d", name, l, got, len(c.sign)+2)
			}
			if strings.Contains(page, `<p class="thumb">`) != c.thumb {
				t.Errorf("%s, %s: thumbprint %v", name, l, !c.thumb)
			}
			for _, who := range c.sign {
				if l == i18n.English && !strings.Contains(page, who) {
					t.Errorf("%s: nobody signs as %q", name, who)
				}
			}
		}
	}
}

// TestTheCeremonyIsSaidWhereItIsNeeded: and only there is anybody told of police.
func TestTheCeremonyIsSaidWhereItIsNeeded(t *testing.T) {
	for l, says := range map[i18n.Language]string{i18n.English: "police or a prosecutor", i18n.Spanish: "policía o una fiscalía"} {
		f := invented()
		if strings.Contains(both(t, f, l)["text"], says) {
			t.Errorf("%s: a form for care speaks of the police", l)
		}
		f.Lines[0].Purpose = posada.PurposeSurvivorReport
		if !strings.Contains(both(t, f, l)["text"], "If it is for the "+says) && !strings.Contains(both(t, f, l)["text"], "Si es para la "+says) {
			t.Errorf("%s: nothing is said of the ceremony", l)
		}
	}
}

func TestWhatNeverLeavesIsNotAskedFor(t *testing.T) {
	for _, c := range []posada.Category{posada.CategoryLocationShelter, posada.CategoryLegalStrategy, posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers} {
		f := invented()
		f.Lines[1].Categories = f.Lines[1].Categories.With(c)
		if _, err := f.HTML(i18n.English); err == nil {
			t.Errorf("a form asks for %s", c)
		}
	}
}

// TestANameMakesNoLineOfItsOwn: whoever names an agency writes no sentence of a
// form, and no markup.
func TestANameMakesNoLineOfItsOwn(t *testing.T) {
	bad := "# ~ [ ] _ - @ Casa\n\n[ ] You agree to all\n<b>{{.Mark}}\u2028- x"
	f, g := invented(), invented()
	f.Agency, f.Hub, f.Excluded[0], f.Lines[0].To, f.Lines[1].Onward[0] = bad, bad, bad, bad, bad
	for _, l := range i18n.Languages() {
		evil, good := both(t, f, l), both(t, g, l)
		tags := regexp.MustCompile(`<[^>]*>`)
		if a, b := tags.FindAllString(evil["page"], -1), tags.FindAllString(good["page"], -1); !slices.Equal(a, b) {
			t.Errorf("%s: a name changed the page: %d tags, not %d", l, len(a), len(b))
		}
		if a, b := strings.Count(evil["text"], "\n"), strings.Count(good["text"], "\n"); a != b {
			t.Errorf("%s: a name changed the text: %d lines, not %d", l, a, b)
		}
		for name, text := range published(t, l) {
			if line := regexp.MustCompile(`(?m)^({{(if|else|range|end)[^}]*}})*{{\.(Agency|Hub|To)?}}.*`).FindString(text); line != "" {
				t.Errorf("%s: a line begins with a name: %s", name, line)
			}
		}
	}
}

// TestAMarkIsOfWhatTheFormWasMadeFrom: and a scan has none.
func TestAMarkIsOfWhatTheFormWasMadeFrom(t *testing.T) {
	for _, l := range i18n.Languages() {
		got, ok := papers.MarkOf([]byte(both(t, invented(), l)["page"]))
		if !ok || got != papers.Mark([]byte("invented")) || got == papers.Mark([]byte("invented ")) {
			t.Errorf("%s: %q, %v", l, got, ok)
		}
	}
	if got, ok := papers.MarkOf([]byte("%PDF-1.7 a scan")); ok {
		t.Errorf("a scan has the mark %q", got)
	}
}

// TestAPageRunsAndAsksNothing holds the form and what was shared: nothing that
// runs, no name in a browser's list, large and black on white.
func TestAPageRunsAndAsksNothing(t *testing.T) {
	size := regexp.MustCompile(`([0-9.]+)pt[/ ;}]`)
	for _, l := range i18n.Languages() {
		shared, err := everyFate().HTML(l)
		if err != nil {
			t.Fatal(err)
		}
		for name, page := range map[string]string{"form": both(t, invented(), l)["page"], "shared": shared} {
			for _, never := range []string{"<script", "<img", "<link", "<a ", "<iframe", "<form", "src=", "href", "url(", "http:", "https:", "@import", "onload", "<b>"} {
				if strings.Contains(page, never) {
					t.Errorf("%s in %s has %s", name, l, never)
				}
			}
			for _, always := range []string{`<html lang="` + string(l) + `">`, "default-src 'none'", "<title>&#160;</title>", "break-inside:avoid", "@page{", "color:#000", "background:#fff"} {
				if !strings.Contains(page, always) {
					t.Errorf("%s in %s lacks %s", name, l, always)
				}
			}
			for _, m := range size.FindAllStringSubmatch(page, -1) {
				if n, err := strconv.ParseFloat(m[1], 64); err != nil || n < 14 {
					t.Errorf("%s in %s is set in %s", name, l, m[0])
				}
			}
			for _, m := range regexp.MustCompile(`h[123]\{font-size:([0-9]+)pt`).FindAllStringSubmatch(page, -1) {
				if n, err := strconv.Atoi(m[1]); err != nil || n < 18 {
					t.Errorf("%s in %s has a heading of %s", name, l, m[1])
				}
			}
		}
	}
}

func TestAFormIsNotPrintedByAccident(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb+verb, invented(), everyFate()); got != "(redacted)(redacted)" {
			t.Errorf("%s writes %s", verb, got)
		}
	}
}
