using System.Globalization;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>The parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030) and AUTH (RFC 4954 section 5), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), REQUIRETLS (RFC 8689), MT-PRIORITY (RFC 6710), HOLDFOR and HOLDUNTIL (RFC 4865), BY (RFC 2852).</summary>
internal sealed class MailParameters
{
    // RFC 3461 section 4.4.
    private const int LongestEnvelopeId = 100;

    private readonly List<string> _given = [];

    /// <summary>None.</summary>
    public static MailParameters None { get; } = new();

    /// <summary>What the client says of the message's size; 0 if nothing.</summary>
    public long Size { get; private set; }

    /// <summary>What the client says of the message's octets.</summary>
    public MessageBody Body { get; private set; }

    /// <summary>True if addresses and header fields may have UTF-8.</summary>
    public bool IsUtf8 { get; private set; }

    /// <summary>True if the message may cross no connection without TLS.</summary>
    public bool RequiresTls { get; private set; }

    /// <summary>How much of the message a report of failure would bring back.</summary>
    public DsnReturn Return { get; private set; }

    /// <summary>The sender's own name for the transaction, decoded, or null.</summary>
    public string? EnvelopeId { get; private set; }

    /// <summary>A keyword of DSN that was given, or null.</summary>
    public string? DsnKeyword { get; private set; }

    /// <summary>What its sender thinks of its urgency, -9 to 9; 0 if nothing was said.</summary>
    public int Priority { get; private set; }

    /// <summary>How long the message is held before it leaves, or null for not at all.</summary>
    public Hold? Hold { get; private set; }

    /// <summary>Within which time the message is to be delivered, or null.</summary>
    public DeliverWithin? Within { get; private set; }

    /// <summary>A keyword that was given and belongs to the way out, or null.</summary>
    public string? RelayKeyword { get; private set; }

    /// <summary>Takes a parameter.</summary>
    /// <param name="keyword">In capitals.</param>
    /// <param name="value">What stands behind the equals sign, or null without one.</param>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? Take(string keyword, string? value)
    {
        // RFC 4865 section 4.2: one of the two.
        if (_given.Contains(keyword, StringComparer.Ordinal) || (Hold is not null && keyword is "HOLDFOR" or "HOLDUNTIL"))
            return SmtpReplies.GivenTwice(keyword);

        _given.Add(keyword);
        return keyword switch
        {
            "SIZE" => TakeSize(value) ? null : SmtpReplies.BadValue(keyword),
            "BODY" => TakeBody(value) ? null : SmtpReplies.BadValue(keyword),
            // Who submitted it first is of no use to a server that trusts no other (RFC 4954 section 5).
            "AUTH" => value is null ? SmtpReplies.BadValue(keyword) : null,
            "REQUIRETLS" => (RequiresTls = value is null) ? null : SmtpReplies.BadValue(keyword),
            "RET" => TakeReturn(value) ? null : SmtpReplies.BadValue(keyword),
            "ENVID" => TakeEnvelopeId(value) ? null : SmtpReplies.BadValue(keyword),
            "MT-PRIORITY" => TakePriority(value) ? null : SmtpReplies.BadValue(keyword),
            "HOLDFOR" or "HOLDUNTIL" => (Hold = Smtp.Hold.Parse(keyword, value)) is not null ? null : SmtpReplies.BadValue(keyword),
            "BY" => TakeBy(value),
            "SMTPUTF8" => (IsUtf8 = value is null) ? null : SmtpReplies.BadValue(keyword),
            _ => SmtpReplies.UnknownParameter(keyword),
        };
    }

    // RFC 6710 section 7: neither -0 nor +1 nor 01.
    private bool TakePriority(string? value)
    {
        RelayKeyword = "MT-PRIORITY";
        var digits = value is ['-', .. var negative] ? negative : value;
        if (digits is not [>= '0' and <= '9'] || value is "-0")
            return false;
        Priority = value is ['-', ..] ? '0' - digits[0] : digits[0] - '0';
        return true;
    }

    private SmtpReply? TakeBy(string? value)
    {
        RelayKeyword = "BY";
        Within = DeliverWithin.Parse(value, out var problem);
        return problem is null ? null : SmtpReplies.BadValue("BY", problem);
    }

    private bool TakeReturn(string? value)
    {
        DsnKeyword = "RET";
        Return = value?.ToUpperInvariant() switch
        {
            "FULL" => DsnReturn.Full,
            "HDRS" => DsnReturn.Headers,
            _ => DsnReturn.Unsaid,
        };
        return Return is not DsnReturn.Unsaid;
    }

    private bool TakeEnvelopeId(string? value)
    {
        DsnKeyword = "ENVID";
        if (!Xtext.TryDecode(value, out var id) || id.Length > LongestEnvelopeId)
            return false;

        EnvelopeId = id;
        return true;
    }

    private bool TakeSize(string? value)
    {
        var taken = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size);
        Size = size;
        return taken;
    }

    private bool TakeBody(string? value)
    {
        switch (value?.ToUpperInvariant())
        {
            case "7BIT":
                Body = MessageBody.SevenBit;
                return true;
            case "8BITMIME":
                Body = MessageBody.EightBit;
                return true;
            case "BINARYMIME":
                Body = MessageBody.Binary;
                return true;
            default:
                return false;
        }
    }
}
