using System.Diagnostics.CodeAnalysis;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Layouts;

/// <summary>The rules between names of mailboxes and directories of one <see cref="MaildirLayout"/>.</summary>
internal abstract class FolderLayout
{
    internal abstract MaildirLayout Kind { get; }

    /// <summary>Between the levels of a name in a <c>subscriptions</c> file without a version.</summary>
    internal abstract char OldSeparator { get; }

    /// <summary>Brings a client's name to the one spelling that counts: INBOX in capitals.</summary>
    /// <returns>The rule that the name breaks, as the end of a sentence that begins with the name; null if it breaks none.</returns>
    internal abstract string? Check(string name, out string normal);

    /// <summary>The directory below the account's: empty for INBOX.</summary>
    internal abstract string ToDirectory(string normal);

    /// <summary>Tells every mailbox that a session can see, and adds what the answer rests on to <paramref name="looked"/>.</summary>
    internal abstract void List(IMaildirDisk disk, string root, Action<FoundFolder> found, LookedAt looked);

    /// <summary>Moves a mailbox to another place, without those below it.</summary>
    /// <returns>False if it is not there.</returns>
    internal abstract bool Detach(IMaildirDisk disk, string path, string target);

    internal bool TryNormalize(string name, [NotNullWhen(true)] out string? normal)
    {
        var rule = Check(name, out var found);
        normal = rule is null ? found : null;
        return rule is null;
    }

    internal static FolderLayout Of(MaildirLayout layout) => layout switch
    {
        MaildirLayout.Fs => new FsLayout(),
        _ => new PlusPlusLayout(),
    };

    internal static bool IsFolder(IMaildirDisk disk, string path) => Look(disk, path) == true;

    /// <summary>As <see cref="IsFolder"/>, and true for a directory that cannot be looked into: what it holds is a folder that nobody can read, and no reason to hide the others.</summary>
    internal static bool MayBeFolder(IMaildirDisk disk, string path) => Look(disk, path) != false;

    private static bool? Look(IMaildirDisk disk, string path)
    {
        try
        {
            return disk.Stat(Path.Join(path, "cur")) is not null;
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.NotWritable)
        {
            return null;
        }
    }
}

/// <summary>A mailbox and its directory below the account's.</summary>
internal readonly record struct FoundFolder(string Mailbox, string Directory);
