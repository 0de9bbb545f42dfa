using System.Security.Cryptography;
using System.Text;

namespace MailOps.Client.Migration;

/// <summary>Where the journal of a copy is if nobody says: with the user's data, under a name that the two addresses make.</summary>
public static class JournalPlace
{
    /// <summary>The file; its folder is made, for the user alone.</summary>
    public static string Of(MailboxLocation from, MailboxLocation to)
    {
        var folder = Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "MailOps", "Copies");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Path.Join(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{from}\n{to}")))[..32] + ".journal");
    }
}
