using System.Security.Cryptography;
using System.Text;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>The password as it is. Read, because files with it exist; never made.</summary>
internal sealed class PlainScheme(string name) : PasswordScheme
{
    public override string Name => name;

    public override string NotMadeBecause => "whoever reads the file, or a backup of it, has the password";

    public override bool IsWellFormed(string hash) => hash.Length > 0;

    public override bool Verify(string password, string hash) =>
        // Hashed first, so that the comparison does not tell the length.
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(password)), SHA256.HashData(Encoding.UTF8.GetBytes(hash)));

    public override string Make(string password) => throw new NotSupportedException($"{Name} is not made: {NotMadeBecause}.");
}
