using MailOps.Maildir.Names;

namespace MailOps.Client.Migration;

/// <summary>Keeps messages that a target refused, each in a file of its own.</summary>
internal static class Quarantine
{
    /// <summary>Keeps one: whole or not at all. The name has the content's hash: no other message takes its place.</summary>
    /// <returns>Its file.</returns>
    public static async Task<string> KeepAsync(string root, string folder, MailContent message, CancellationToken cancel)
    {
        var directory = Path.Join(root, NameOf(folder));
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Join(directory, $"{NameOf(message.Entry.Id)}-{message.Octets!.Hash:x32}.eml");
        var unfinished = path + ".part";
        await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await message.Octets.WriteToAsync(file, cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
        return path;
    }

    // Nothing in a name leads out of the folder, on any system.
    private static string NameOf(string name)
    {
        var safe = ModifiedUtf7.Encode(name, "/\\:*?\"<>|%~");
        return safe.Length is > 0 and <= 200 && safe.Trim('.', ' ') == safe ? safe : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)))[..32];
    }
}
