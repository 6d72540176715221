package console

import (
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// needPreviewPage is what every agency would be told, to be read aloud, and who they are.
type needPreviewPage struct {
	At, Back             string
	Rows, Others         []toldRow // in this language, and in the other
	Unsaid               string
	Other                string
	Asks, Excluded, Call []client.Agency
	Rare                 string
	Many                 int
	Leave                []toldRow // a part, by its name and in words
	Digest               string
	Until                time.Time
	Yes, Note            field
	Instead              bool // another ends when it is asked
}

// needPreview shows it. Nothing leaves.
func needPreview(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	var kept url.Values
	if !v.draftOf(a.draft(), &kept) {
		return goTo(a.at, ""), nil
	}
	out, err := v.node.PreviewNeed(v.ctx(), newNeed(a.label, kept))
	if err != nil {
		return v.backTo(needForm, err, kept)
	}
	p := needPreviewPage{At: a.at, Back: a.at, Asks: out.Asks, Excluded: out.Excluded, Call: out.Call, Many: out.Warning.Many, Digest: out.Digest, Until: out.Until, Instead: out.Instead != ""}
	there := i18n.For(other(v.Language()))
	var unsaid []string
	p.Rows, unsaid = told(v.Printer, out.Profile)
	p.Others, _ = told(there, out.Profile)
	p.Unsaid, p.Other, p.Rare = listed(unsaid), string(there.Language()), i18n.Terms(v.Printer, "part", out.Warning.Rare)
	for _, part := range out.Warning.Leave {
		p.Leave = append(p.Leave, toldRow{part, v.Term("part", part)})
	}
	p.Yes = v.tick("permission", "console.need.yes").needed()
	p.Note = v.text("note", "console.need.note").hint(v.Text("console.need.note_hint")).as("area")
	p.Note.Max = 280
	if len(p.Asks) == 0 {
		return show("need_preview", p).titled(v.Text("console.need.nobody_title")), nil
	}
	return show("need_preview", p), nil
}

// needWithout leaves a part out, and shows what is left.
func needWithout(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	var kept url.Values
	if !v.draftOf(a.draft(), &kept) {
		return goTo(a.at, ""), nil
	}
	for _, name := range partFields()[v.value("part")] {
		kept.Del(name)
	}
	if err := v.keepDraft(a.draft(), kept); err != nil {
		return view{}, err
	}
	return goTo(a.at+"/preview", "console.need.left_out", "part", v.Term("part", v.value("part"))), nil
}

// needPost asks those that were read to the person, after a yes.
func needPost(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.PostNeed(v.ctx(), client.NewPosting{Digest: v.value("digest"), Permission: v.ticked("permission"), Note: v.value("note")})
	if err != nil {
		return view{}, err
	}
	v.dropDraft(a.draft())
	return goTo(needAt(out.ID), "console.need.posted", "count", len(out.Asked), "case", out.Case), nil
}
