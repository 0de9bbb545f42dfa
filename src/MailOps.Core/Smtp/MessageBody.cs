namespace MailOps.Smtp;

/// <summary>What the client says of a message's octets with BODY.</summary>
internal enum MessageBody
{
    /// <summary>Lines of ASCII. Also where nothing is said.</summary>
    SevenBit,

    /// <summary>Lines of any octets (RFC 6152).</summary>
    EightBit,

    /// <summary>Any octets (RFC 3030 section 3): line ends and NUL have no meaning of their own.</summary>
    Binary,
}
