using System.Globalization;
using MailOps.Client.Migration.Journal;
using MailOps.JournalWorker;

// Takes one step after the other in a journal until it is killed, and says on standard output when one begins and when it is done.
// Arguments: the journal, the number of the first step, and "wait" to wait for a line after each.
// Or copies a mailbox: "copy", the addresses of source and target, the password of both, and the journal.
// Or works for batches: "migrate", the store, the folder for journals, and the password of all accounts.
if (args is ["copy", var from, var to, var password, var path])
{
    await CopyLife.RunAsync(from, to, password, path);
    return;
}

if (args is ["migrate", var store, var workPath, var secret])
{
    await MigrationLife.RunAsync(store, workPath, secret);
    return;
}

var first = int.Parse(args[1], CultureInfo.InvariantCulture);
await using var journal = CopyJournal.Open(args[0], JournalSteps.From, JournalSteps.To);
Console.WriteLine("open");
for (var step = first; ; step++)
{
    Console.WriteLine($"begin {step}");
    JournalSteps.Take(journal, step);
    Console.WriteLine($"done {step}");
    if (args[2] == "wait")
        Console.ReadLine();
}
