namespace MailOps.Client.Maildirs;

/// <summary>Why something cannot be done in a Maildir.</summary>
public enum MaildirFault
{
    /// <summary>There is no such folder.</summary>
    FolderNotFound,

    /// <summary>No folder can have the name.</summary>
    InvalidFolderName,

    /// <summary>The message is no longer where it was.</summary>
    MessageNotFound,

    /// <summary>No flag can have the name, or the folder has no room for another keyword.</summary>
    InvalidFlag,
}
