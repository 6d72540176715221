package papers

import (
	"html/template"
	"strings"
	"unicode"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// kind is what a block of a sheet is. In a text each begins with its mark at
// the head of a line; a paragraph has none.
type kind string

const (
	title     kind = "# "
	heading   kind = "## "
	smaller   kind = "### "
	item      kind = "- "
	box       kind = "[ ] " // a sentence with a box to tick
	signature kind = "_ "   // a line to sign on
	thumb     kind = "@ "   // a square for a thumbprint
	mark      kind = "~ "   // at the foot, to be read by us
	paragraph kind = ""
)

// block is one thing on a sheet. Nothing splits it: no page ends inside.
type block struct {
	Kind kind
	Text string
}

// sheet is a paper before it is set as text or as a page.
type sheet struct {
	language i18n.Language
	blocks   []block
}

// parse reads a text: a line with a mark begins a block, a free line ends one,
// and any other line goes on with the one before.
func parse(text string) (blocks []block) {
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			open = false
			continue
		}
		k := kindOf(line)
		if k == paragraph && open {
			blocks[len(blocks)-1].Text += " " + line
			continue
		}
		blocks, open = append(blocks, block{k, strings.TrimPrefix(line, string(k))}), true
	}
	return blocks
}

func kindOf(line string) kind {
	for _, k := range []kind{smaller, heading, title, item, box, signature, thumb, mark} {
		if strings.HasPrefix(line, string(k)) {
			return k
		}
	}
	return paragraph
}

// plain is a name as it may stand within a line of a text: no name ends the line
// and begins another.
func plain(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

// text is the sheet for a terminal, to be read aloud from there. A line is as
// long as its sentence.
func (s sheet) text() string {
	var b strings.Builder
	var before kind
	for i, x := range s.blocks {
		if i > 0 && x.Kind != item && (x.Kind != paragraph || before != smaller) {
			b.WriteString("\n")
		}
		before = x.Kind
		switch x.Kind {
		case item, box:
			b.WriteString("  " + string(x.Kind) + x.Text + "\n")
		case signature, thumb:
			b.WriteString("  ______________________________  " + x.Text + "\n")
		default:
			b.WriteString(x.Text + "\n")
		}
	}
	return b.String()
}

// mostTogether is how long a list is that is kept on one page.
const mostTogether = 12

// section is a heading and what stands under it.
type section struct {
	Class  string // head, where a heading stands alone; long, where it takes a page; else whole
	Groups []group
}

// group is blocks of one kind in a row.
type group struct {
	Kind  string
	Texts []string
}

func (s sheet) sections() (list []section) {
	names := map[kind]string{title: "h1", heading: "h2", smaller: "h3", item: "item", box: "box", signature: "sign", thumb: "thumb", mark: "mark", paragraph: "p"}
	for _, x := range s.blocks {
		begins := x.Kind == title || x.Kind == heading || x.Kind == smaller
		if len(list) == 0 || begins {
			list = append(list, section{Class: "head"})
		}
		last := &list[len(list)-1]
		switch {
		case x.Kind == box:
			last.Class = "long"
		case !begins && last.Class == "head":
			last.Class = "whole"
		}
		if n := len(last.Groups); n == 0 || last.Groups[n-1].Kind != names[x.Kind] {
			last.Groups = append(last.Groups, group{Kind: names[x.Kind]})
		}
		g := &last.Groups[len(last.Groups)-1]
		if g.Texts = append(g.Texts, x.Text); len(g.Texts) > mostTogether {
			last.Class = "long"
		}
	}
	return list
}

// sheetPage is set large, black on white, for a printer: nothing on it is asked
// of any network, and it runs nothing. Its title is one space, as the card's is:
// a title stands in a browser's list of what was opened, and at the head of a
// print. Its margins have words of ours, or none, so that no browser prints there
// where the file lies. No page ends within a line of a list, a box or a signature,
// nor within a section that fits on one.
const sheetPage = `<!DOCTYPE html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width"><title>&#160;</title>
<style>
@page{margin:20mm 18mm 22mm;@top-left{content:""}@top-right{content:""}@bottom-left{content:""}@bottom-right{content:counter(page) " / " counter(pages);font:14pt sans-serif}}
html{color:#000;background:#fff}
body{margin:0 auto;max-width:176mm;font:14pt/1.45 sans-serif;overflow-wrap:break-word}
h1{font-size:24pt;line-height:1.2;margin:0 0 6mm}
h2{font-size:20pt;line-height:1.25;margin:9mm 0 3mm}
h3{font-size:18pt;line-height:1.25;margin:6mm 0 2mm}
h1,h2,h3,.head{break-after:avoid;break-inside:avoid}
p,li,.whole{break-inside:avoid}
p{margin:0 0 3mm}
ul{margin:0 0 3mm;padding:0 0 0 8mm}
li{margin:0 0 1.5mm}
ul.box{list-style:none;padding:0}
ul.box li{position:relative;margin:0 0 4mm;padding-left:12mm}
ul.box li::before{content:"";position:absolute;left:0;top:.5mm;width:6mm;height:6mm;border:.6mm solid #000;box-sizing:border-box}
.sign{margin:0;padding-top:11mm}
.sign span{display:block;border-top:.4mm solid #000;padding-top:1mm}
.thumb{margin:6mm 0 0}
.thumb::before{content:"";display:block;width:30mm;height:34mm;border:.4mm solid #000;margin-bottom:1mm}
.mark{margin:7mm 0 0;overflow-wrap:anywhere}
@media screen{body{padding:8mm}}
</style></head>
<body>
{{range .Sections}}<section class="{{.Class}}">
{{range .Groups}}{{$kind := .Kind}}{{if eq $kind "item" "box"}}<ul class="{{$kind}}">{{range .Texts}}
<li>{{.}}</li>{{end}}
</ul>
{{else}}{{range .Texts}}{{if eq $kind "h1"}}<h1>{{.}}</h1>{{else if eq $kind "h2"}}<h2>{{.}}</h2>{{else if eq $kind "h3"}}<h3>{{.}}</h3>{{else if eq $kind "sign"}}<p class="sign"><span>{{.}}</span></p>{{else if eq $kind "p"}}<p>{{.}}</p>{{else}}<p class="{{$kind}}">{{.}}</p>{{end}}
{{end}}{{end}}{{end}}</section>
{{end}}</body></html>
`

// html is the sheet as a page of its own, without script, link or image.
func (s sheet) html() (string, error) {
	made, err := template.New("sheet").Parse(sheetPage)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = made.Execute(&b, struct {
		Language i18n.Language
		Sections []section
	}{s.language, s.sections()})
	return b.String(), err
}
