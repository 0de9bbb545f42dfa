using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Queue;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>An accepted recipient.</summary>
/// <param name="Path">The forward-path as the client gave it.</param>
/// <param name="Addressees">The accounts that get the message; none if it goes to other servers alone.</param>
/// <param name="Parameters">What came with it.</param>
/// <param name="Onward">Who gets it at other servers: the recipient itself, or those to whom an alias leads; nothing is asked of them yet.</param>
internal readonly record struct SmtpRecipient(SmtpPath Path, IReadOnlyList<Addressee> Addressees, RcptParameters Parameters, IReadOnlyList<EnvelopeRecipient> Onward)
{
    /// <summary>A recipient who has mailboxes here.</summary>
    public SmtpRecipient(SmtpPath path, IReadOnlyList<Addressee> addressees, RcptParameters parameters)
        : this(path, addressees, parameters, [])
    {
    }

    /// <summary>True if an address here has the message sent on to other servers.</summary>
    public bool IsForwarded => Onward is [{ Address: var address }, ..] && (Addressees.Count > 0 || Onward.Count > 1 || address != Path.ToString());

    /// <summary>True if an alias, or a rule of the domain, leads to other addresses.</summary>
    public bool IsExpanded => IsForwarded || Addressees.Count > 1 || (Addressees is [var only] && !only.Address.Equals(Path.ToCanonical().ToString(), StringComparison.OrdinalIgnoreCase));

    /// <summary>True if it is an alias of several addresses of which one is elsewhere: what its sender wants to hear of success is told here, and by nobody else (RFC 3461 section 5.2.7.3 (c)).</summary>
    public bool IsSplit => Onward.Count > 0 && Addressees.Count + Onward.Count > 1;

    /// <summary>True if the sender wants to hear that it was delivered here, or sent on to several.</summary>
    public bool WantsReport => (Addressees.Count > 0 || IsSplit) && Parameters.Notify.HasFlag(DsnNotify.Success);

    /// <summary>The addresses that get the message in its place.</summary>
    public IReadOnlyList<string> Reached => [.. Addressees.Select(addressee => addressee.Address), .. Onward.Select(recipient => recipient.Address)];

    /// <summary>The recipients of the queue, with what the sender asked of this one.</summary>
    public IEnumerable<EnvelopeRecipient> ForQueue()
    {
        var parameters = Parameters;
        // Whom it was for at first the reports then say, though the client did not (RFC 3461 section 5.2.7.2 has it passed on where it did).
        var original = parameters.OriginalRecipient?.ToString() ?? (IsForwarded ? $"{(Path.IsAscii ? "rfc822" : "utf-8")};{Path}" : null);
        var notify = IsSplit ? WithoutSuccess(parameters.Notify) : parameters.Notify;
        return Onward.Select(recipient => recipient with { Notify = notify, Original = original });
    }

    // Who asked for success alone wants to hear of nothing else.
    private static DsnNotify WithoutSuccess(DsnNotify notify) =>
        notify is DsnNotify.Success ? DsnNotify.Never : notify & ~DsnNotify.Success;
}
