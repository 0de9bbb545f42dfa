using System.Security.Cryptography;
using MailOps.Sasl;

namespace MailOps.Core.Tests.Sasl;

/// <summary>One account, known by its password.</summary>
internal sealed class FakeCredentialStore(string user, string password, string account) : ICredentialStore
{
    public byte[] Salt { get; init; } = RandomNumberGenerator.GetBytes(16);

    public int Iterations { get; init; } = 4096;

    public ValueTask<string?> VerifyPasswordAsync(string name, string secret, CancellationToken cancel) =>
        ValueTask.FromResult(name == user && secret == password ? account : null);

    public ValueTask<ScramKeys?> FindScramKeysAsync(string name, string mechanism, CancellationToken cancel) =>
        ValueTask.FromResult(name == user ? ScramHash.Find(mechanism)!.Derive(account, password, Salt, Iterations) : null);

    public ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string name, CancellationToken cancel) =>
        ValueTask.FromResult(name == user ? new CramMd5Keys(account, KeyedMd5.ContextOf(password)) : null);

    public ValueTask<string?> FindAccountAsync(string name, CancellationToken cancel) =>
        ValueTask.FromResult(name == user || name == account ? account : null);
}
