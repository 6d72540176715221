package console

import (
	"net/http"
	"slices"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// How a page is added.
//
//  1. In the file of its family (node.go, cases.go …) write func(*visit) (view, error). It asks
//     the node (v.node, with v.ctx()) and gives show("template", data); a POST does its work and
//     gives goTo("/path", "console.key.said", "name", value): the browser is sent there and the
//     sentence is said once. What the node answers as an error is given back as it is: the shell
//     makes a page of it, in the person's language.
//  2. Give the family's table a row. A POST's row has again: what shows its form when the node
//     refused, with the problem above it and what was typed still there. Fields made with v.text,
//     v.choice, v.many and v.tick (form.go) keep what was typed by themselves, and are drawn by
//     {{template "field" .Data.Name}}. A form says its action and method="post".
//  3. Write templates/NAME.html: {{define "main"}} … {{end}}. Sentences are {{t "console.…"}}, words of
//     a vocabulary {{term "state" .}}, times {{when .}}; there is no text in a template. The row's title
//     is the page's only h1, and the layout writes it (show(…).titled(text) says another). A table's cells
//     say which column they are of (data-of="{{t …}}"): on a phone each row is a card. What is ready-made:
//     {{template "field" .}} · {{template "empty" of "icon" "case" "what" (t …) "next" (t …)}} · <dl class="facts">
//     · <p class="note">, <p class="said">, <div class="wrong"> · <div class="actions"> around buttons ·
//     button.main for the one next step, button.grave for what cannot be undone · <span class="tag good">.
//  4. Put the sentences into pkg/i18n/catalog/{en,es}/console_FAMILY.yaml.
//
// Nothing of a person stands in a URL but ids the API has; a case's label goes there as v.handle(label)
// and comes back by v.label("case"), which is nobody else's and dies with this process. The crawler of
// services/console/browsing visits what is in the table and what it finds from there: a new page is
// tested by being here.

// page is one row of the table of all pages.
type page struct {
	method, pattern string
	title           i18n.Key
	do              func(*visit) (view, error)
	// again shows a POST's form once more, above it what was wrong.
	again func(*visit) (view, error)
	// roles are whom the menu and other pages lead there; nil: everybody. It keeps
	// nobody out: the node decides.
	roles []posada.StaffRole
	menu  bool // it stands in the menu
	icon  string
	open  bool // nobody need be signed in
	quiet bool // asking for it does not count as being there
	// upload: its form has a file, which may be longer than anybody types: how many bytes of it
	// are read.
	upload int64
}

// pages is all of them. The menu has them in this order.
func pages() []page {
	return slices.Concat(
		todayPages(),
		screenPages(),
		needPages(),
		placementPages(),
		placePages(),
		casePages(),
		importPages(),
		referralPages(),
		withdrawPages(),
		doorPages(),
		consentPages(),
		talkPages(),
		referPages(),
		waitingPages(),
		peoplePages(),
		programPages(),
		onCallPages(),
		rulesPages(),
		pastPages(),
		reviewPages(),
		brakingPages(),
		decisionPages(),
		nodePages(),
		webhookPages(),
		signInPages(),
		accountPages(),
		shellPages(),
	)
}

// works reports whether a page is for somebody with these roles.
func (p page) works(roles []posada.StaffRole) bool {
	return p.roles == nil || slices.ContainsFunc(p.roles, func(r posada.StaffRole) bool { return slices.Contains(roles, r) })
}

// careRoles are those who work with cases, as the node has them.
func careRoles() []posada.StaffRole {
	return []posada.StaffRole{posada.RoleAdvocate, posada.RoleLegal, posada.RoleMedical, posada.RoleCoordinator}
}

// shellPages are what every page leads to.
func shellPages() []page {
	return []page{
		{method: http.MethodPost, pattern: "/language", title: "console.language", do: chooseLanguage, open: true, quiet: true},
		{method: http.MethodPost, pattern: "/exit", title: "console.exit", do: leave, open: true, quiet: true},
		{method: http.MethodGet, pattern: "/out", title: "console.neutral", do: out, open: true, quiet: true},
		{method: http.MethodGet, pattern: "/leaving", title: "console.leaving.title", do: leaving, open: true},
		{method: http.MethodPost, pattern: "/unlock", title: "console.locked.title", do: unlock, again: lockedForm, open: true},
	}
}
