using RemoteSigning.Authorization.Options;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization;

/// <summary>The callers of the configuration, found by the public key of their TLS certificate.</summary>
internal sealed class ClientRegistry
{
    private readonly Dictionary<string, RegisteredClient> _clients = [];

    /// <exception cref="InvalidOperationException">A key cannot be read, or is registered twice.</exception>
    public ClientRegistry(AuthorizationOptions options)
    {
        foreach (ClientOptions client in options.Clients)
        {
            byte[] key = PublicKeyFile.Read(client.PublicKey);
            if (!_clients.TryAdd(Convert.ToHexString(key), new RegisteredClient(client.Id, client.Role, key)))
            {
                throw new InvalidOperationException($"The key in {client.PublicKey} is registered twice. Give each client a key of its own.");
            }
        }
    }

    public RegisteredClient? Find(byte[] publicKeyInfo) => _clients.GetValueOrDefault(Convert.ToHexString(publicKeyInfo));
}
