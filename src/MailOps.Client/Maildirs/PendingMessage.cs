using MailOps.Maildir;

namespace MailOps.Client.Maildirs;

/// <summary>A message that was taken in and waits to be added to its folder. Disposed before that, it leaves nothing behind.</summary>
public sealed class PendingMessage : IAsyncDisposable
{
    internal PendingMessage(string path, string folder, MessageToAppend message)
    {
        Path = path;
        Folder = folder;
        Message = message;
    }

    /// <summary>The Maildir's directory.</summary>
    public string Path { get; }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Its octets.</summary>
    public long Length => Message.Message.Length;

    internal MessageToAppend Message { get; }

    /// <summary>Removes what is left of it outside the folder.</summary>
    public ValueTask DisposeAsync() => Message.Message.DisposeAsync();
}
