package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// policy works on the network's table: who may have what, for which purpose.
func (c *cli) policy() *cobra.Command {
	group := c.group("policy", "posada")
	group.AddCommand(
		c.policyInit(), c.policyShow(), c.policyEdit(), c.policyCheck(), c.policyDiff(), c.policyTest(), c.policyWhatIf(), c.policyProve(), c.policyUpgrade(),
		c.policyPropose(), c.policyReview(), c.policyApprove(), c.policyRollback(), c.policyObject(), c.policyBrake(),
		c.policyExplain(), c.policyReplay(), c.policyAgency(),
	)
	return group
}

var (
	errWrongTable = errors.New("something in the table is wrong")
	errNotAsSaid  = errors.New("the table does not do what an example says")
)

// table reads a table, and says all that is wrong with it, line by line; without a file it
// is the one that this program carries.
func (c *cli) table(path string) (t matrix.Table, err error) {
	if path == "" {
		text, _, err := pdp.ReadMatrix(policy.Files)
		if err != nil {
			return t, err
		}
		return matrix.Read(text)
	}
	t, err = readFile(c, path, matrix.Read)
	if list := matrix.Mistakes(err); len(list) > 0 {
		for _, m := range list {
			fmt.Fprintln(c.err, c.wrongAt(path, m))
		}
		return t, errWrongTable
	}
	return t, err
}

// wrongAt is a mistake as editors read one: file, line, column, and why.
func (c *cli) wrongAt(path string, m *matrix.Mistake) string {
	why := c.Text(wrongTable(m), "word", m.Word, "days", matrix.MaxDays)
	return fmt.Sprintf("%s:%d:%d: %s", path, m.Line, m.Column, why)
}

func wrongTable(m *matrix.Mistake) i18n.Key { return i18n.Key("table.why." + string(m.Reason())) }

// some are cells as they are typed: every class for every purpose with every category; of
// what is not typed, all.
type some struct{ classes, purposes, categories []string }

func (c *cli) someFlags(cmd *cobra.Command) *some {
	var s some
	cmd.Flags().StringSliceVar(&s.classes, "class", nil, c.Text("flag.policy_class"))
	cmd.Flags().StringSliceVar(&s.purposes, "purpose", nil, c.Text("flag.policy_purpose"))
	cmd.Flags().StringSliceVar(&s.categories, "category", nil, c.Text("flag.policy_category"))
	return &s
}

// cells reads what was typed, whatever is said of it.
func (s some) cells(c *cli) (list []matrix.Cell, err error) {
	classes, errClass := wordsOf(c, "class", s.classes, posada.Members[posada.AgencyClass]())
	purposes, errPurpose := wordsOf(c, "purpose", s.purposes, posada.Members[posada.Purpose]())
	categories, errCategory := wordsOf(c, "category", s.categories, posada.Members[posada.Category]())
	if err := errors.Join(errClass, errPurpose, errCategory); err != nil {
		return nil, commandline.UsageError(err.Error())
	}
	for _, class := range classes {
		for _, purpose := range purposes {
			for _, category := range categories {
				list = append(list, matrix.Cell{Class: class, Purpose: purpose, Category: category})
			}
		}
	}
	return list, nil
}

// wordsOf reads words of a kind; where none is typed it is all of them.
func wordsOf[T ~string](c *cli, kind string, words []string, all []T) (list []T, err error) {
	if len(words) == 0 {
		return all, nil
	}
	for _, w := range words {
		if !slices.Contains(all, T(w)) {
			return nil, errors.New(c.Text("policy.no_word", "kind", kind, "word", w))
		}
		list = append(list, T(w))
	}
	return list, nil
}

// one reads a flag's word, which may be left out.
func one[T ~string](c *cli, flag, word string, all []T) (w T, err error) {
	if word == "" {
		return w, nil
	}
	list, err := wordsOf(c, flag, []string{word}, all)
	if err != nil {
		return w, commandline.UsageError(err.Error())
	}
	return list[0], nil
}

// group says changes, or cells as they stand, in one sentence.
func (p *page) group(g matrix.Group) string {
	return p.Text(i18n.Key("matrix.says."+string(g.After)), g.Words(p.Term)...)
}

// difference writes all that a change comes to.
func (p *page) difference(d matrix.Difference) {
	opened, shut := d.Counts()
	p.say(i18n.Key("difference."+string(d.Label())), "opened", opened, "shut", shut)
	p.changes("difference.opened", d.Opened())
	p.changes("difference.shut", d.Shut())
	p.looks("difference.seen", "view.says", d.Seen)
	p.looks("difference.unseen", "view.unseen", d.Unseen)
	for _, asked := range []struct {
		key     i18n.Key
		classes []posada.AgencyClass
	}{{"difference.asked", d.Asked}, {"difference.unasked", d.Unasked}} {
		if len(asked.classes) > 0 {
			p.heading(asked.key, "classes", i18n.Terms(p.Printer, "class", asked.classes))
		}
	}
	if d.Days[0] != d.Days[1] {
		p.heading("difference.days", "before", d.Days[0], "after", d.Days[1])
	}
	if len(d.Silence) > 0 {
		p.heading("difference.silence", "priorities", i18n.Terms(p.Printer, "priority", d.Silence))
	}
}

func (p *page) changes(title i18n.Key, changes []matrix.Change) {
	if len(changes) == 0 {
		return
	}
	p.heading(title)
	for _, g := range matrix.Groups(changes) {
		p.line("  " + p.group(g) + " " + p.Text(i18n.Key("matrix.was."+string(g.Before))))
	}
}

// looks writes who sees what, or does not, in as few sentences as say it.
func (p *page) looks(title, says i18n.Key, looks []matrix.Look) {
	if len(looks) == 0 {
		return
	}
	p.heading(title)
	for _, g := range matrix.Together(looks) {
		p.line("  " + p.Text(says, g.Words(p.Term)...))
	}
}

// written writes a table over a file that was read, or to a new one.
func (c *cli) written(path string, t matrix.Table) error {
	text, err := t.Write()
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// tableFile is what a table's file is called where nobody says.
func tableFile(version uint64) string { return fmt.Sprintf("policy-%d.json", version) }
