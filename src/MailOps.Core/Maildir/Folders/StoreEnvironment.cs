using MailOps.Maildir.Access;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;
using MailOps.Maildir.Watching;

namespace MailOps.Maildir.Folders;

/// <summary>What the parts of one store share.</summary>
/// <param name="Disk">The disk.</param>
/// <param name="Commits">The group commit.</param>
/// <param name="Clock">The clock.</param>
/// <param name="Scratch">The store's <c>tmp</c>: bodies on their way in, expunged messages that a view still needs, deleted folders.</param>
/// <param name="LockTickets">The directory for what locks are made of; null for one beside the scratch directory.</param>
internal sealed record StoreEnvironment(IMaildirDisk Disk, CommitThread Commits, TimeProvider Clock, string Scratch, string? LockTickets = null)
{
    /// <summary>The directory beside the scratch directory for what locks are made of.</summary>
    internal const string LocksName = "locks";

    /// <summary>The locks that are shared with other programs.</summary>
    internal DotLocks Locks { get; } = new(Disk, LockTickets ?? Path.Join(Path.GetDirectoryName(Scratch), LocksName), Clock);

    /// <summary>Who has which rights on mailboxes.</summary>
    internal AccessLists Access { get; } = new(Disk);

    /// <summary>What accounts hold and may hold.</summary>
    internal required AccountQuotas Quotas { get; init; }

    /// <summary>Who watches accounts as a whole.</summary>
    internal required AccountWatches Watches { get; init; }

    /// <summary>Writes the bodies of large messages.</summary>
    internal WritingThread Writing { get; } = new();

    /// <summary>A path in the scratch directory that nobody else has.</summary>
    internal string NewScratchPath() => Path.Combine(Scratch, UniqueNames.Next(Clock));

    /// <summary>A path in a folder's own <c>tmp</c> that nobody else has: on the folder's file system, and removed by any Maildir program in time.</summary>
    internal string ScratchIn(string folder) => Path.Join(folder, "tmp", UniqueNames.Next(Clock));
}
