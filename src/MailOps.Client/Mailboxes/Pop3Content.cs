using MailOps.Client.Mailboxes.Wire;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>A message that a POP3 server sends, or refuses to.</summary>
/// <param name="wire">Where it comes.</param>
/// <param name="entry">Which it is.</param>
/// <param name="refusal">Why it does not come, or null.</param>
internal sealed class Pop3Content(Pop3Wire wire, Pop3Entry entry, MailSessionException? refusal)
{
    /// <summary>Which it is.</summary>
    public Pop3Entry Entry => entry;

    /// <summary>Why the server does not send it, or null.</summary>
    public MailSessionException? Refusal => refusal;

    /// <summary>Gives its octets on as they come. What is not read of it is let go when the next is asked for.</summary>
    /// <exception cref="MailSessionException">The server is silent, leaves, or sends much more than it listed; what came is not whole then.</exception>
    public Task CopyToAsync(Pop3Wire.Sink sink, CancellationToken cancel) => wire.BodyAsync(sink, ToldSize.MostOctets(entry.Size), Pop3Mailbox.SendMessage(entry), cancel);
}
