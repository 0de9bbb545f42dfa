namespace MailOps.Server.Imap.Lists;

/// <summary>A mailbox that LIST tells of.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Exists">False if it is only a name.</param>
/// <param name="HasChildren">True if mailboxes lie below it.</param>
/// <param name="IsSubscribed">True if it is subscribed; false also if nobody asked.</param>
/// <param name="HasChosenChildren">True if the selection meets mailboxes below it (CHILDINFO, RFC 5258 section 3.5).</param>
/// <param name="Uses">What it is for (RFC 6154).</param>
internal readonly record struct ListedMailbox(string Name, bool Exists, bool HasChildren, bool IsSubscribed, bool HasChosenChildren, IReadOnlyList<string> Uses)
{
    /// <summary>False if it is told of for what lies below it alone (RECURSIVEMATCH): of its own nothing is told then (RFC 8440 section 4).</summary>
    public bool IsChosen { get; init; }
}
