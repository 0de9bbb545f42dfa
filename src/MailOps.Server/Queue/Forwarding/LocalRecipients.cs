using System.Diagnostics.CodeAnalysis;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Queue.Routing;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Forwarding;

/// <summary>Whom mail for an address of this server reaches.</summary>
/// <param name="Mailboxes">The mailboxes here.</param>
/// <param name="Forwarded">Who gets it at other servers, because an alias leads there.</param>
internal sealed record LocalRecipients(IReadOnlyList<DeliveryTarget> Mailboxes, IReadOnlyList<EnvelopeRecipient> Forwarded)
{
    /// <summary>Mailboxes alone; none where nobody has the address.</summary>
    public static LocalRecipients In(params IReadOnlyList<DeliveryTarget> mailboxes) => new(mailboxes, []);

    /// <summary>True if nobody gets it.</summary>
    public bool IsNobody => Mailboxes.Count + Forwarded.Count == 0;

    /// <summary>Of an answer of the directory. What cannot be sent to is left out.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="sendsOn">True if mail goes to other servers.</param>
    public static LocalRecipients Of(RecipientAnswer answer, bool sendsOn) => new(
        [.. answer.Addressees.Select(addressee => new DeliveryTarget(addressee.Account))],
        [.. (sendsOn ? answer.Outside : []).Select(target => TryForward(target, out var recipient, out _) ? recipient : null).OfType<EnvelopeRecipient>()]);

    /// <summary>Who gets a message at another server in the place of an address here.</summary>
    /// <param name="target">Where the alias leads.</param>
    /// <param name="recipient">The recipient, of whom nothing is asked yet.</param>
    /// <param name="error">What is wrong with the target otherwise, as a sentence.</param>
    public static bool TryForward(OutsideTarget target, [NotNullWhen(true)] out EnvelopeRecipient? recipient, [NotNullWhen(false)] out string? error)
    {
        var path = new SmtpPath(target.Address.Local, target.Address.Domain);
        recipient = NextHops.TryFor(path, out var nextHop, out error) ? new EnvelopeRecipient { Address = path.ToString(), NextHop = nextHop, Via = target.Via.ToString() } : null;
        return recipient is not null;
    }
}
