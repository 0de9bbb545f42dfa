using System.Buffers;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir;

/// <summary>A delivery on the commit thread: one body, renamed into the last target and linked into the others, or copied where it gets a trailer.</summary>
/// <param name="delivery">The message.</param>
/// <param name="targets">The directories of the folders.</param>
/// <param name="file">A file elsewhere that gets it too, or null. If there is no target and it leaves nothing out, the delivery has its trailer already.</param>
/// <param name="isEachForItself">True if a target that cannot take it is passed over; false if then none gets it.</param>
internal sealed class DeliveryCommit(MaildirDelivery delivery, string[] targets, DeliveryFile? file = null, bool isEachForItself = false) : CommitWork
{
    private const int CopyAtOnce = 256 * 1024;

    private readonly string _baseName = delivery.BaseName;
    private int _published;
    private string? _copy;
    private bool _isFilePublished;

    /// <summary>For each target that was passed over, why.</summary>
    internal MailStoreException?[] Failures { get; } = isEachForItself ? new MailStoreException?[targets.Length] : [];

    private IMaildirDisk Disk => delivery.Store.Environment.Disk;

    internal override void Write()
    {
        delivery.WriteFile();

        if (file is not null && (targets.Length > 0 || file.LeftOut > 0))
            _copy = CopyWithTrailer(file.LeftOut, file.Trailer.Span);

        // Of a large message a part was written long before.
        delivery.Store.Environment.Commits.RequireNoFailure(delivery.FailedSyncs);
    }

    internal override void Publish()
    {
        if (file is not null)
            PublishFile(file);

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

        if (_copy is not null)
            Disk.Unlink(_copy);
        if (_isFilePublished)
            Disk.Unlink(file!.Path);
    }

    internal override void AddDirectories(ISet<string> directories)
    {
        foreach (var target in targets)
            directories.Add(target);
        if (file is not null)
            directories.Add(Path.GetDirectoryName(file.Path)!);
    }

    internal override void Announce()
    {
        foreach (var target in targets)
        {
            delivery.Store.Folders.Find(target)?.MarkDirty();
            delivery.Store.Environment.Watches.Touch(target);
        }
    }

    private void PublishFile(DeliveryFile target)
    {
        if (!Disk.Rename(_copy ?? delivery.File, target.Path))
            throw new MailStoreException(StoreFault.Broken, $"Cannot make '{target.Path}': its directory was removed meanwhile.");
        _isFilePublished = true;
        if (_copy is null)
            delivery.Delivered();
        _copy = null;
    }

    private string CopyWithTrailer(int leftOut, ReadOnlySpan<byte> trailer)
    {
        var copy = delivery.Store.Environment.NewScratchPath();
        using var body = Disk.OpenFile(delivery.File, forAppend: false) ?? throw Gone(delivery.File);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyAtOnce);
        try
        {
            if (!Disk.Create(copy, []))
                throw new MailStoreException(StoreFault.Broken, $"Cannot make '{copy}': the name is taken.");
            for (long at = leftOut; body.Read(buffer, at) is > 0 and var count; at += count)
            {
                if (!Disk.Append(copy, buffer.AsSpan(0, count)))
                    throw Gone(copy);
            }

            return Disk.Append(copy, trailer) ? copy : throw Gone(copy);
        }
        catch (MailStoreException)
        {
            Disk.Unlink(copy);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        static MailStoreException Gone(string path) => new(StoreFault.Broken, $"Cannot copy '{path}': another program removed it.");
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
