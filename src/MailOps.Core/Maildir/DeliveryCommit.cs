using MailOps.Maildir.Disk;

namespace MailOps.Maildir;

/// <summary>A delivery on the commit thread: one body, renamed into the first target and linked into the others.</summary>
/// <param name="delivery">The message.</param>
/// <param name="targets">The directories of the folders.</param>
/// <param name="isEachForItself">True if a target that cannot take it is passed over; false if then none gets it.</param>
internal sealed class DeliveryCommit(MaildirDelivery delivery, string[] targets, bool isEachForItself = false) : CommitWork
{
    private readonly string _baseName = delivery.BaseName;
    private int _published;

    /// <summary>For each target that was passed over, why.</summary>
    internal MailStoreException?[] Failures { get; } = isEachForItself ? new MailStoreException?[targets.Length] : [];

    private IMaildirDisk Disk => delivery.Store.Environment.Disk;

    internal override void Write()
    {
        delivery.WriteFile();

        // Of a large message a part was written long before.
        delivery.Store.Environment.Commits.RequireNoFailure(delivery.FailedSyncs);
    }

    internal override void Publish()
    {
        // The last target gets the file itself, so that the others are linked while it still has its own name.
        for (; _published < targets.Length; _published++)
        {
            try
            {
                if (_published < targets.Length - 1)
                    LinkOrCopy(targets[_published]);
                else
                    Move(targets[_published]);
            }
            catch (MailStoreException e) when (isEachForItself)
            {
                Failures[_published] = e;
            }
        }
    }

    internal override void Undo()
    {
        for (; _published > 0; _published--)
        {
            if (!isEachForItself || Failures[_published - 1] is null)
                Disk.Unlink(NewPath(targets[_published - 1]));
        }
    }

    internal override void AddDirectories(ISet<string> directories)
    {
        foreach (var target in targets)
            directories.Add(target);
    }

    internal override void Announce()
    {
        foreach (var target in targets)
            delivery.Store.Folders.Find(target)?.MarkDirty();
    }

    private void Move(string folder)
    {
        Place(folder, target => Disk.Rename(delivery.File, target));
        delivery.Delivered();
    }

    private void LinkOrCopy(string folder) => Place(folder, target =>
    {
        switch (Disk.Link(delivery.File, target))
        {
            case LinkResult.Done:
                return true;
            case LinkResult.Missing:
                return false;
            case LinkResult.Taken:
                throw new MailStoreException(StoreFault.Broken, $"Cannot deliver: the name '{target}' is taken. Two programs may make the same names: give each machine a host name of its own.");
        }

        var scratch = delivery.Store.Environment.NewScratchPath();
        if (Disk.ReadAll(delivery.File) is not { } content || !Disk.Create(scratch, [content]))
            return false;
        if (Disk.Rename(scratch, target))
            return true;
        Disk.Unlink(scratch);
        return false;
    });

    private void Place(string folder, Func<string, bool> place)
    {
        if (place(NewPath(folder)))
            return;

        // An INBOX whose directories were removed is made again; any other folder was deleted.
        if (delivery.Store.TryMakeInbox(folder) && place(NewPath(folder)))
            return;

        throw new MailStoreException(StoreFault.Broken, $"Cannot deliver to '{folder}': the folder was deleted meanwhile.");
    }

    private string NewPath(string folder) => Path.Join(folder, "new", _baseName);
}
