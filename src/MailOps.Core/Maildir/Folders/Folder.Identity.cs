using System.Security.Cryptography;
using System.Text;

namespace MailOps.Maildir.Folders;

/// <summary>The GUIDs of messages, as Dovecot has them (OBJECTID, RFC 8474).</summary>
internal sealed partial class Folder
{
    private const char GuidField = 'G';

    /// <summary>What identifies a message wherever it is copied: the field <c>G</c> of its line in the list, or else its base name.</summary>
    internal string GuidOf(FolderEntry entry)
    {
        foreach (var field in entry.Extensions.Split(' '))
        {
            if (field.Length > 1 && field[0] == GuidField)
                return field[1..];
        }

        return entry.Base;
    }

    /// <summary>A GUID as 128 bits in hex: it may be that already, or is what a checksum makes of it.</summary>
    internal static string To128Bits(string guid)
    {
        if (guid.Length == 32 && guid.AsSpan().ContainsAnyExcept("0123456789abcdefABCDEF") == false)
            return guid.ToLowerInvariant();

        // Not for security: it is the checksum that Dovecot takes, of which it keeps the end.
#pragma warning disable CA5350
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(guid)).AsSpan(4));
#pragma warning restore CA5350
    }
}
