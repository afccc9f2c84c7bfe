using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Authorization;

/// <summary>The command <c>create</c>: schema, keys, and the public key for the SAM. It may be repeated.</summary>
internal sealed class Setup(IDbContextFactory<AuthorizationDatabase> databases, Hsm hsm, AuthorizationOptions options)
{
    public async Task CreateAsync(CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.Database.MigrateAsync(cancel);
        await MakeKeysAsync(database, cancel);

        Directory.CreateDirectory(options.DataFolder);
        using var keys = new AuthorizationKeys(hsm);
        await File.WriteAllTextAsync(options.SadPublicKeyFile, keys.ExportSadPublicKey() + "\n", cancel);
    }

    private async Task MakeKeysAsync(AuthorizationDatabase database, CancellationToken cancel)
    {
        if (!hsm.Exists(AuthorizationKeys.FactorKey))
        {
            if (await database.Accounts.AnyAsync(cancel))
            {
                throw new InvalidOperationException(
                    $"The HSM token lacks the key {AuthorizationKeys.FactorKey}, but there are accounts whose factors were made "
                    + "with it. Use the token that holds it, or restore it.");
            }

            hsm.GenerateHmacKey(AuthorizationKeys.FactorKey);
        }

        if (!hsm.Exists(AuthorizationKeys.SadKey))
        {
            hsm.GenerateEcdsa(AuthorizationKeys.SadKey, ECCurve.NamedCurves.nistP256);
        }
    }
}
