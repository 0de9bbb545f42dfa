namespace MailOps.Client.Migration;

/// <summary>Why a copy of mailboxes cannot be made, or not go on.</summary>
public enum MigrationFault
{
    /// <summary>The address of a mailbox is none.</summary>
    InvalidLocation,

    /// <summary>Another process, or another copy of this one, works with the journal.</summary>
    JournalInUse,

    /// <summary>The journal is that of another source or target.</summary>
    JournalOfOtherMailboxes,

    /// <summary>The file is something else than a journal.</summary>
    NotAJournal,

    /// <summary>A newer version of MailOps wrote the journal.</summary>
    JournalTooNew,

    /// <summary>The journal is damaged.</summary>
    JournalDamaged,

    /// <summary>The journal cannot be made or written at its place.</summary>
    JournalNotWritable,

    /// <summary>The disk has no room for the journal.</summary>
    JournalFull,

    /// <summary>SQLite cannot be loaded on this machine.</summary>
    JournalNotSupported,

    /// <summary>The disk failed under the journal.</summary>
    JournalFailed,

    /// <summary>A mailbox on a server needs a login.</summary>
    CredentialMissing,

    /// <summary>A mailbox of this kind cannot be copied from or to.</summary>
    KindNotSupported,

    /// <summary>The address of a store of migrations is none, or what is there is none.</summary>
    InvalidStore,

    /// <summary>There is no store of migrations at that place.</summary>
    StoreNotFound,

    /// <summary>A newer version of MailOps made the store.</summary>
    StoreTooNew,

    /// <summary>Another worker has the store's file.</summary>
    StoreInUse,

    /// <summary>The store cannot be reached, read or written.</summary>
    StoreFailed,

    /// <summary>There is a batch or user of that name, or another that has the same target.</summary>
    BatchExists,

    /// <summary>A batch or user cannot be called so.</summary>
    InvalidBatchName,

    /// <summary>There is no batch or user of that name.</summary>
    BatchNotFound,

    /// <summary>A worker is at the batch.</summary>
    BatchBusy,

    /// <summary>No folder is what was asked for.</summary>
    FolderNotFound,

    /// <summary>The target lies in the source.</summary>
    TargetInSource,
}
