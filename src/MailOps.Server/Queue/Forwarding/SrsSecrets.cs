using System.Text;
using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Queue.Forwarding;

/// <summary>What the hashes of return paths are made with: a line each, as postsrsd has them. The first signs, all verify.</summary>
internal sealed class SrsSecrets : IFileContent<SrsSecrets>
{
    private readonly byte[] _octets;

    private SrsSecrets(byte[] octets)
    {
        _octets = octets;
        All = [.. FileLines.Split(octets).Select(line => line[..^FileLines.EndOf(line.Span).Length].ToArray()).Where(line => line.Length > 0)];
    }

    /// <summary>The secrets; none in a file that is empty or missing.</summary>
    public IReadOnlyList<byte[]> All { get; }

    /// <inheritdoc/>
    public static SrsSecrets Read(ReadOnlyMemory<byte> octets) => new(octets.ToArray());

    /// <summary>One secret, new.</summary>
    public static SrsSecrets Make() =>
        new(Encoding.ASCII.GetBytes(Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)) + "\n"));

    /// <inheritdoc/>
    public byte[] ToBytes() => _octets;
}
