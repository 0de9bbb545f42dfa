namespace MailOps.Cmdlets.Migration;

/// <summary>The parameters of cmdlets that say which messages of a mailbox are meant.</summary>
internal interface IMessageChoice
{
    /// <summary>Messages that arrived then or later.</summary>
    DateTimeOffset? Since { get; }

    /// <summary>Messages that arrived earlier.</summary>
    DateTimeOffset? Before { get; }

    /// <summary>Messages with more octets.</summary>
    long? LargerThan { get; }

    /// <summary>Messages with fewer octets.</summary>
    long? SmallerThan { get; }

    /// <summary>Flags and keywords that a message has, all of them.</summary>
    string[] Flag { get; }

    /// <summary>Flags and keywords of which a message has none.</summary>
    string[] NotFlag { get; }

    /// <summary>Search keys of IMAP.</summary>
    string? Query { get; }
}
