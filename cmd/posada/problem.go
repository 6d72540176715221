package main

import (
	"errors"
	"syscall"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/vault"
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
)

var (
	errNoToken    = errors.New("no token file")
	errNoCase     = errors.New("no case")
	errUseDecline = errors.New("declining has a command of its own")
	errNotCovered = errors.New("something asked is not covered")
	errNotTold    = errors.New("the demo was not as told")
	errKeepFull   = errors.New("the folder to keep the network in is not empty")
	errManyIDs    = errors.New("more than one begins so")
	errNoSuchID   = errors.New("none begins so")
)

// fail says what happened, what was kept and what to do next, and gives the
// exit code.
func (c *cli) fail(err error) int {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		commandline.Say(c.err, c.Printer, p.Title, p.Kept, p.Next)
		return exitOf(p)
	}
	if k, ok := errors.AsType[*client.Kept](err); ok {
		commandline.Say(c.err, c.Printer, k.Title, "", k.Next)
		return exitKept
	}
	switch {
	case errors.Is(err, errNotTold):
		return exitNotAsTold // the story has said it
	case errors.Is(err, errNotCovered):
		return exitRefused // the preview has said it
	}
	for _, known := range []struct {
		is   error
		key  string
		code int
	}{
		{client.ErrUnreachable, "cli.unreachable", exitUnreachable},
		{client.ErrNotANode, "cli.not_a_node", exitUsage},
		{client.ErrIsConsent, "cli.is_consent", exitUsage},
		{client.ErrIsReferral, "cli.is_referral", exitUsage},
		{errNoToken, "cli.no_token", exitUsage},
		{errNoCase, "cli.no_case", exitUsage},
		{errUseDecline, "cli.use_decline", exitUsage},
		{errKeepFull, "cli.keep_full", exitUsage},
		{errManyIDs, "cli.many_ids", exitUsage},
		{errNoSuchID, "cli.no_such_id", exitNothing},
		{vault.ErrInUse, "cli.vault_in_use", exitUsage},
		{vault.ErrSecret, "cli.vault_secret", exitUsage},
		{vault.ErrNoVault, "cli.no_vault", exitUsage},
		{syscall.EADDRINUSE, "cli.address_in_use", exitUsage},
	} {
		if errors.Is(err, known.is) {
			c.sayKey(known.key, "node", c.node, "subject", c.subject)
			return known.code
		}
	}
	return c.failOtherwise(err)
}

func (c *cli) failOtherwise(err error) int {
	if what, ok := commandline.File(c.Printer, err); ok {
		c.sayKey("cli.file", "what", what)
		return exitUsage
	}
	if _, ok := errors.AsType[commandline.UsageError](err); ok || !c.running {
		c.sayKey("cli.usage", "what", err.Error())
		return exitUsage
	}
	c.sayKey("cli.unexpected", "what", err.Error())
	return exitUnexpected
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

func (c *cli) sayKey(key string, args ...any) { commandline.SayKey(c.err, c.Printer, key, args...) }
