package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/hsds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/signing"
	"github.com/posada-exchange/posada/pkg/steward"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/town/story"
)

// Exit codes. README lists them.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2  // the command, a file or a configuration is wrong
	exitRefused     = 3  // consent or policy does not cover it; nothing was sent
	exitNothing     = 4  // not there, or not yours to see
	exitConflict    = 5  // it has moved on since you looked
	exitUnreachable = 6  // the node does not answer
	exitUnknown     = 7  // the node does not know who you are
	exitNotAsTold   = 8  // the demo was not as told
	exitLocked      = 9  // the node is locked; nothing was kept of what was asked
	exitKept        = 10 // the node is locked and keeps what was asked; nothing of it is done yet
	exitWouldChange = 11 // another policy would have decided something otherwise
	exitUnwell      = 12 // the doctor found something that stops the node
)

var (
	errNoToken    = errors.New("no token file")
	errNoCase     = errors.New("no case")
	errUseDecline = errors.New("declining has a command of its own")
	errNotShared  = errors.New("not all that was shared is hers to see")
	errNotCovered = errors.New("something asked is not covered")
	errNotTold    = errors.New("the demo was not as told")
	errNoDuty     = errors.New("there is no row for this jurisdiction")
	errWrongBook  = errors.New("something in the directory may not be listed")
	errBookBefore = errors.New("the file is no directory, or something in it may not be listed")

	errCompelsNothing = errors.New("no judge signed the paper")
	errPaperCame      = errors.New("a paper came in this case")
	errKeepFull       = errors.New("the folder to keep the network in is not empty")
	errManyIDs        = errors.New("more than one begins so")
	errNoSuchID       = errors.New("none begins so")
	errExists         = errors.New("the file is there already")
	errShort          = errors.New("the passphrase is short")
	errNoPhrase       = errors.New("the vault opens with a key file")
	errNotTwice       = errors.New("the passphrase was typed differently the second time")
	errLeftOver       = errors.New("a vault without its request")
	errNotForced      = errors.New("the node does not know what is in force")
	errFormOther      = errors.New("the form was made from something else")
	errReplayWhat     = errors.New("no policy to ask, or two")
	errWouldChange    = errors.New("another policy would have decided something otherwise")
)

// fail says what happened, what was kept and what to do next, and gives the
// exit code.
func (c *cli) fail(err error) int {
	switch {
	case errors.Is(err, errNotTold):
		return exitNotAsTold // the story has said it
	case errors.Is(err, errNotCovered), errors.Is(err, errCompelsNothing), errors.Is(err, errNotAsSaid):
		return exitRefused // the page has said it
	case errors.Is(err, errWouldChange):
		return exitWouldChange // the page has said it
	case errors.Is(err, errWrongBook):
		return exitUsage // the page has said it
	case errors.Is(err, errUnwell):
		return exitUnwell // the page has said it
	}
	e := c.explain(err)
	commandline.Say(c.err, c.Printer, e.what, e.kept, e.next)
	if e.decision != "" {
		fmt.Fprintln(c.err, c.Text("decision.named", "id", e.decision))
	}
	return e.code
}

// explanation is an error as it is told to whoever typed the command.
type explanation struct {
	what, kept, next string
	decision         string // what the node decided, where it is kept under this id
	code             int
}

func (c *cli) explain(err error) explanation {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return explanation{p.Title, p.Kept, p.Next, p.Args["decision"], exitOf(p)}
	}
	if k, ok := errors.AsType[*client.Kept](err); ok {
		return explanation{what: k.Title, next: k.Next, code: exitKept}
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		// What the node would refuse later, seen here before anybody signs.
		return c.explain(gateway.Problem(c.Printer, f))
	}
	for _, k := range known() {
		if errors.Is(err, k.is) {
			return c.explained(k.key, k.code, "node", c.node, "subject", c.subject, "version", papers.FormVersion)
		}
	}
	if what, ok := mappingFlaw(c.Printer, err); ok {
		return c.explained("cli.mapping", exitUsage, "subject", c.subject, "what", what)
	}
	if what, ok := imports.BrokenSaid(c.Printer, err); ok {
		return c.explained("cli.source", exitUsage, "subject", c.subject, "what", what)
	}
	if what, ok := commandline.File(c.Printer, err); ok {
		return c.explained("cli.file", exitUsage, "what", what)
	}
	if _, ok := errors.AsType[commandline.UsageError](err); ok || !c.running {
		return c.explained("cli.usage", exitUsage, "what", err.Error())
	}
	return c.explained("cli.unexpected", exitUnexpected, "what", err.Error())
}

// explained is a sentence of the catalogues that has a what, a kept and a next.
func (c *cli) explained(key string, code int, args ...any) explanation {
	text := func(part string) string { return c.Text(i18n.Key(key+part), args...) }
	return explanation{what: text(".what"), kept: text(".kept"), next: text(".next"), code: code}
}

// problem is an error with a sentence of its own.
type problem struct {
	is   error
	key  string
	code int
}

func known() []problem {
	return append(append(append(joining(), sealing()...), fetching()...), []problem{
		{client.ErrUnreachable, "cli.unreachable", exitUnreachable},
		{client.ErrNotANode, "cli.not_a_node", exitUsage},
		{client.ErrIsConsent, "cli.is_consent", exitUsage},
		{client.ErrIsReferral, "cli.is_referral", exitUsage},
		{errNoToken, "cli.no_token", exitUsage},
		{errNoHub, "cli.no_hub", exitUsage},
		{errNoCase, "cli.no_case", exitUsage},
		{errReplayWhat, "cli.replay_what", exitUsage},
		{errUseDecline, "cli.use_decline", exitUsage},
		{errPointsAt, "cli.points_at", exitRefused},
		{errNoDuty, "cli.no_duty", exitNothing},
		{errPaperCame, "cli.paper_came", exitConflict},
		{imports.ErrChanged, "cli.not_previewed", exitConflict},
		{errChangedUnder, "cli.changed_under", exitConflict},
		{errNotWhole, "cli.not_whole", exitUsage},
		{errNotSaved, "cli.not_saved", exitUsage},
		{errWrongTable, "cli.wrong_table", exitUsage},
		{prove.ErrExample, "cli.wrong_example", exitUsage},
		{errBookBefore, "cli.book_before", exitUsage},
		{hsds.ErrJSON, "cli.not_json", exitUsage},
		{hsds.ErrShape, "cli.not_hsds", exitUsage},
		{hsds.ErrLarge, "cli.hsds_large", exitUsage},
		{signing.ErrText, "cli.form_text", exitUsage},
		{errFormOther, "cli.form_other", exitConflict},
		{signing.ErrCondition, "cli.form_condition", exitUsage},
		{papers.ErrNeverLeaves, "cli.form_never", exitUsage},
		{errNotShared, "cli.not_all_shared", exitNothing},
		{errKeepFull, "cli.keep_full", exitUsage},
		{story.ErrNoTale, "cli.no_tale", exitUsage},
		{errManyIDs, "cli.many_ids", exitUsage},
		{errNoSuchID, "cli.no_such_id", exitNothing},
		{vault.ErrInUse, "cli.vault_in_use", exitUsage},
		{vault.ErrSecret, "cli.vault_secret", exitUsage},
		{vault.ErrNoVault, "cli.no_vault", exitUsage},
		{syscall.EADDRINUSE, "cli.address_in_use", exitUsage},
	}...)
}

// joining are the errors of founding a network and of joining one.
func joining() []problem {
	return []problem{
		{errExists, "cli.exists", exitUsage},
		{errShort, "cli.short_passphrase", exitUsage},
		{errNotTwice, "cli.not_twice", exitUsage},
		{errNoPhrase, "cli.no_passphrase", exitUsage},
		{errLeftOver, "cli.left_over", exitUsage},
		{errNotForced, "cli.not_in_force", exitConflict},
		{errRefuted, "cli.refuted", exitRefused},
		{errNotAsSigned, "cli.not_as_signed", exitConflict},
		{errNoPolicy, "cli.no_policy", exitUsage},
		{pdp.ErrMatrix, "cli.no_table", exitUsage},
		{steward.ErrPassphrase, "cli.steward_passphrase", exitUnknown},
		{enrol.ErrNetwork, "cli.other_network", exitUsage},
		{enrol.ErrTwice, "cli.enrol_twice", exitUsage},
		{enrol.ErrNoAgency, "cli.steward_no_agency", exitUsage},
		{enrol.ErrSigned, "cli.signed_enough", exitConflict},
		{enrol.ErrUnsigned, "cli.signed_too_few", exitConflict},
		{enrol.ErrNotYours, "cli.not_yours_to_sign", exitRefused},
		{enrol.ErrUnchanged, "cli.unchanged", exitConflict},
		{enrol.ErrNoMember, "cli.no_member", exitNothing},
		{enrol.ErrMalformed, "cli.enrol_malformed", exitUsage},
		{enrol.ErrDirectory, "cli.rotate_directory", exitUsage},
		{trust.ErrRides, "cli.rides", exitRefused},
		{trust.ErrSponsors, "cli.sponsors", exitRefused},
		{trust.ErrNetwork, "cli.other_network", exitUsage},
		{trust.ErrMix, "cli.other_motion", exitUsage},
		{trust.ErrThreshold, "cli.threshold", exitUsage},
		{trust.ErrMalformed, "cli.enrol_malformed", exitUsage},
		{trust.ErrContent, "cli.enrol_malformed", exitUsage},
	}
}

func exitOf(p *client.Problem) int {
	if p.Key == string(fault.NodeLocked) {
		return exitLocked
	}
	switch p.Code {
	case "invalid":
		return exitUsage
	case "refused":
		return exitRefused
	case "withheld":
		return exitNothing
	case "conflict":
		return exitConflict
	case "unavailable":
		return exitUnreachable
	case "unauthenticated":
		return exitUnknown
	}
	return exitUnexpected
}
