using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>The parameters of RCPT: NOTIFY and ORCPT (RFC 3461 sections 4.1 and 4.2).</summary>
internal sealed class RcptParameters
{
    private readonly List<string> _given = [];

    /// <summary>None.</summary>
    public static RcptParameters None { get; } = new();

    /// <summary>What the sender wants to hear.</summary>
    public DsnNotify Notify { get; private set; }

    /// <summary>Whom the message was for at first, if that was said.</summary>
    public OriginalRecipient? OriginalRecipient { get; private set; }

    /// <summary>True if a value has UTF-8, which SMTPUTF8 must have allowed.</summary>
    public bool NeedsUtf8 { get; private set; }

    /// <summary>A keyword of DSN that was given, or null.</summary>
    public string? DsnKeyword { get; private set; }

    /// <inheritdoc cref="MailParameters.Take"/>
    public SmtpReply? Take(string keyword, string? value)
    {
        if (_given.Contains(keyword, StringComparer.Ordinal))
            return SmtpReplies.GivenTwice(keyword);

        _given.Add(keyword);
        if (keyword is not ("NOTIFY" or "ORCPT"))
            return SmtpReplies.UnknownParameter(keyword);

        DsnKeyword = keyword;
        var isTaken = value is not null && (keyword is "NOTIFY" ? TakeNotify(value) : TakeOriginalRecipient(value));
        return isTaken ? null : SmtpReplies.BadValue(keyword);
    }

    private bool TakeNotify(string value)
    {
        foreach (var element in value.ToUpperInvariant().Split(','))
        {
            DsnNotify? one = element switch
            {
                "NEVER" => DsnNotify.Never,
                "SUCCESS" => DsnNotify.Success,
                "FAILURE" => DsnNotify.Failure,
                "DELAY" => DsnNotify.Delay,
                _ => null,
            };
            if (one is null)
                return false;
            Notify |= one.Value;
        }

        // NEVER stands alone.
        return !Notify.HasFlag(DsnNotify.Never) || value.Equals("NEVER", StringComparison.OrdinalIgnoreCase);
    }

    private bool TakeOriginalRecipient(string value)
    {
        var isRead = MailOps.Smtp.OriginalRecipient.TryParse(value, out var recipient);
        OriginalRecipient = recipient;
        NeedsUtf8 = !value.All(char.IsAscii);
        return isRead;
    }
}
