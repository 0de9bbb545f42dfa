using System.Globalization;
using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Saving;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Wire;

// Saves and removes all messages of a maildrop, until it is killed or done, and says on standard output how far it is.
// Arguments: the server's port, the folder, the file that remembers, and "files" or "maildir".
var port = int.Parse(args[0], CultureInfo.InvariantCulture);
await using var state = await Pop3State.OpenAsync(args[2], new Pop3Account("localhost", port, "john"), isReadOnly: false, TimeProvider.System, default);
await using IMessageTarget target = args[3] == "maildir" ? await MaildirTarget.OpenAsync(args[1], "INBOX", default) : EmlFolder.Open(args[1]);
var options = new MailboxOptions { Server = "localhost", Port = port, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun") };
await using var mailbox = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, default);
var saver = new Pop3Saver(mailbox, target, state) { Removes = true };
var fresh = await mailbox.SelectAsync(null, state, default);
Console.WriteLine("open");
await foreach (var message in saver.SaveAsync(fresh, default))
    Console.WriteLine($"saved {message.Uidl}");
await foreach (var message in saver.SaveAsync([.. (await mailbox.ListAsync(default)).Where(entry => !saver.IsMarked(entry))], default))
    Console.WriteLine($"saved {message.Uidl}");
Console.WriteLine("ending");
await saver.EndAsync(default);
Console.WriteLine("done");
