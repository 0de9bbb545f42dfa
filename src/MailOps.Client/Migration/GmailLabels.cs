namespace MailOps.Client.Migration;

/// <summary>What the labels of a Gmail account (X-GM-EXT-1) become in a mailbox that has folders alone.</summary>
public enum GmailLabels
{
    /// <summary>A message arrives in the folder of each of its labels; what has none arrives in the archive.</summary>
    Folders,

    /// <summary>A message arrives once, in the folder of its first label: INBOX, Sent, Drafts, then the others by name; what has none arrives in the archive.</summary>
    Once,

    /// <summary>A message arrives once, in INBOX, Sent, Drafts or the archive, and its labels become keywords.</summary>
    Keywords,
}
