package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// Exit codes. README lists them.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2 // the command, a file or a configuration is wrong
	exitRefused     = 3 // consent or policy does not cover it; nothing was sent
	exitNothing     = 4 // not there, or not yours to see
	exitConflict    = 5 // it has moved on since you looked
	exitUnreachable = 6 // the node does not answer
	exitUnknown     = 7 // the node does not know who you are
	exitNotAsTold   = 8 // the demo was not as told
)

// usageError is a command line that is wrong. The library has no type for its
// own; what fails before a command runs is one too.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }

func (u usageError) Unwrap() error { return u.err }

var (
	errNoToken  = errors.New("no token file")
	errOutput   = errors.New("-o: table, json")
	errNotTold  = errors.New("the demo was not as told")
	errManyIDs  = errors.New("more than one begins so")
	errNoSuchID = errors.New("none begins so")
)

// fail says what happened, what was kept and what to do next, and gives the
// exit code.
func (c *cli) fail(err error) int {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		c.say(p.Title, p.Kept, p.Next)
		return exitOf(p)
	}
	switch {
	case errors.Is(err, errNotTold):
		return exitNotAsTold // the story has said it
	case errors.Is(err, client.ErrUnreachable):
		c.sayKey("cli.unreachable", "node", c.node)
		return exitUnreachable
	case errors.Is(err, errNoToken):
		c.sayKey("cli.no_token")
		return exitUsage
	case errors.Is(err, errManyIDs):
		c.sayKey("cli.many_ids")
		return exitUsage
	case errors.Is(err, errNoSuchID):
		c.sayKey("cli.no_such_id")
		return exitNothing
	case errors.Is(err, config.ErrConfig), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		c.sayKey("cli.file", "what", err.Error())
		return exitUsage
	}
	if _, ok := errors.AsType[usageError](err); ok || !c.running {
		c.sayKey("cli.usage", "what", err.Error())
		return exitUsage
	}
	c.sayKey("cli.unexpected", "what", err.Error())
	return exitUnexpected
}

func exitOf(p *client.Problem) int {
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

func (c *cli) sayKey(key string, args ...any) {
	c.say(c.Text(i18n.Key(key+".what"), args...), c.Text(i18n.Key(key+".kept"), args...), c.Text(i18n.Key(key+".next"), args...))
}

func (c *cli) say(what, kept, next string) {
	fmt.Fprintln(c.err, what)
	for _, line := range []struct{ key, text string }{{"cli.kept", kept}, {"cli.next", next}} {
		if line.text != "" {
			fmt.Fprintf(c.err, "  %s  %s\n", c.Text(i18n.Key(line.key)), line.text)
		}
	}
}
