using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Seen;

namespace MailOps.Cmdlets.Pop3;

/// <summary>A mailbox that parameters name, as they were when they were bound.</summary>
/// <param name="Name">The mailbox in messages.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="Open">Logs in.</param>
internal sealed record Pop3Place(string Name, Pop3Account Account, Func<CancellationToken, Task<Pop3Mailbox>> Open)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
