package commandline

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// File says in the language what is wrong with a file that somebody named, or
// with what stands in it; ok is whether that is what an error is about.
func File(p i18n.Printer, err error) (what string, ok bool) {
	if joined, is := err.(interface{ Unwrap() []error }); is && strings.Contains(err.Error(), "\n") {
		// Several things are wrong, a line each.
		var all []string
		for _, one := range joined.Unwrap() {
			what, about := File(p, one)
			all, ok = append(all, what), ok || about
		}
		return strings.Join(all, "; "), ok
	}
	if r, is := errors.AsType[config.Refusal](err); is {
		return refused(p, r), true
	}
	if d, is := errors.AsType[config.DocumentError](err); is {
		// What comes before is the file's name.
		name, _, _ := strings.Cut(err.Error(), d.Error())
		lines := make([]string, len(d))
		for i, m := range d {
			lines[i] = mistake(p, m)
		}
		return name + strings.Join(lines, "; "), true
	}
	if path, is := errors.AsType[*fs.PathError](err); is {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return p.Text("cli.no_file", "file", path.Path), true
		case errors.Is(err, fs.ErrPermission):
			return p.Text("cli.file_closed", "file", path.Path), true
		case errors.Is(err, syscall.EISDIR):
			return p.Text("cli.file_is_folder", "file", path.Path), true
		}
	}
	return strings.TrimPrefix(err.Error(), config.ErrConfig.Error()+": "), errors.Is(err, config.ErrConfig)
}

func mistake(p i18n.Printer, m config.Mistake) string {
	switch m.Wrong {
	case config.WrongUnknown:
		return p.Text("cli.line_unknown", "line", m.Line, "name", m.Name)
	case config.WrongTwice:
		return p.Text("cli.line_twice", "line", m.Line, "name", m.Name)
	case config.WrongType:
		return p.Text("cli.line_type", "line", m.Line, "value", m.Name)
	}
	return p.Text("cli.line_syntax", "line", m.Line)
}

func refused(p i18n.Printer, r config.Refusal) string {
	switch r.Why {
	case config.WhyOpenAddress:
		return p.Text("cli.open_address", "address", r.Subject)
	case config.WhyNoAddress:
		return p.Text("cli.no_address", "address", r.Subject)
	case config.WhyOpenSecret:
		return p.Text("cli.open_secret", "file", r.Subject)
	case config.WhyNoCredential:
		return p.Text("cli.no_credential", "name", r.Subject)
	case config.WhyNoCredentials:
		return p.Text("cli.no_credentials", "name", r.Subject)
	case config.WhyPlainBus:
		return p.Text("cli.plain_bus", "address", r.Subject)
	case config.WhyUnpinnedBus:
		return p.Text("cli.unpinned_bus", "address", r.Subject)
	case config.WhyThrowAway:
		return p.Text("cli.throw_away", "address", r.Subject)
	case config.WhyNoBus:
		return p.Text("cli.no_bus", "address", r.Subject)
	}
	return p.Text("cli.no_key", "file", r.Subject)
}
