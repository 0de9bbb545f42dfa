namespace MailOps.Client.Migration.Comparison;

/// <summary>How two mailboxes differ in one place.</summary>
public enum DifferenceKind
{
    /// <summary>They do not.</summary>
    Equal,

    /// <summary>A folder of the reference is not there.</summary>
    FolderMissing,

    /// <summary>A folder is there that the reference has not.</summary>
    FolderExtra,

    /// <summary>A message of the reference is not there.</summary>
    MessageMissing,

    /// <summary>A message is there that the reference has not.</summary>
    MessageExtra,

    /// <summary>A message is there with another content: its Message-ID is the same.</summary>
    Content,

    /// <summary>A message is there with other flags or keywords.</summary>
    Flags,

    /// <summary>A message is there with another date of arrival.</summary>
    Date,

    /// <summary>A message could not be read, on the side that is said: nothing is proved of it.</summary>
    Unreadable,
}
