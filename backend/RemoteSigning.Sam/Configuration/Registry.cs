using System.Security.Cryptography;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Configuration;

/// <summary>Who may call, whose SADs are believed, and which SSA may bring whose (SAM-06). Does not change.</summary>
internal sealed partial class Registry
{
    private readonly Dictionary<string, RegisteredClient> _clients = [];
    private readonly Dictionary<string, EcdsaVerifier> _authorizationServers = [];
    private readonly HashSet<(string Client, string AuthorizationServer)> _allowed = [];

    /// <exception cref="StartException">A name or key is unusable, or stands twice.</exception>
    public Registry(StaticConfiguration node, DynamicConfiguration dynamic)
    {
        if (node.Version != StaticConfiguration.CurrentVersion)
        {
            throw new StartException("The static configuration must have version 1.");
        }

        CheckName(node.Node, "node");
        if (!AssuranceLevel.Satisfies(node.MinimumAcr, node.MinimumAcr))
        {
            throw new StartException("The static configuration's minimum_acr must be low, substantial or high.");
        }

        Node = node.Node;
        MinimumAcr = node.MinimumAcr;
        Version = dynamic.Version;
        foreach (AuthorizationServer server in dynamic.AuthorizationServers)
        {
            Add(server);
        }

        foreach (OperationPrivilegedUser user in node.Operators)
        {
            Add(user.Id, Roles.Operator, user.PublicKey);
        }

        foreach (SigningServicePrivilegedUser user in dynamic.SigningServicePrivilegedUsers)
        {
            Add(user);
        }
    }

    public string Node { get; }

    public string MinimumAcr { get; }

    /// <summary>Version of the dynamic configuration.</summary>
    public int Version { get; }

    /// <summary>The caller with this SubjectPublicKeyInfo, or null.</summary>
    public RegisteredClient? Find(byte[] publicKeyInfo) => _clients.GetValueOrDefault(Convert.ToBase64String(publicKeyInfo));

    /// <summary>The key that verifies SADs of this authorization server, or null.</summary>
    public EcdsaVerifier? AuthorizationServer(string id) => _authorizationServers.GetValueOrDefault(id);

    /// <summary>True when this SSA may bring SADs of this authorization server.</summary>
    public bool MayBring(RegisteredClient client, string authorizationServer) => _allowed.Contains((client.Id, authorizationServer));

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name { get; }

    private void Add(AuthorizationServer server)
    {
        CheckName(server.Id, "authorization server");
        try
        {
            if (!_authorizationServers.TryAdd(server.Id, EcdsaVerifier.FromPem(server.PublicKey)))
            {
                throw new StartException($"The authorization server {server.Id} is registered twice.");
            }
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new StartException($"The authorization server {server.Id} needs a P-256 public key in PEM: {e.Message}", e);
        }
    }

    private void Add(SigningServicePrivilegedUser user)
    {
        Add(user.Id, Roles.SigningService, user.PublicKey);
        foreach (string server in user.AllowedAuthorizationServers)
        {
            if (!_authorizationServers.ContainsKey(server))
            {
                throw new StartException($"The SSA {user.Id} is allowed an authorization server that is not registered: {server}.");
            }

            _allowed.Add((user.Id, server));
        }
    }

    private void Add(string id, string role, string publicKey)
    {
        CheckName(id, role);
        try
        {
            byte[] key = PublicKeyPem.Decode(publicKey);
            bool idTaken = _clients.Values.Any(c => c.Id == id);
            if (idTaken || !_clients.TryAdd(Convert.ToBase64String(key), new RegisteredClient(id, role, key)))
            {
                throw new StartException($"The {role} {id} is registered twice, by its name or by its key.");
            }
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new StartException($"The {role} {id} needs a public key in PEM: {e.Message}", e);
        }
    }

    private static void CheckName(string name, string what)
    {
        if (!Name.IsMatch(name))
        {
            throw new StartException($"The name of a {what} must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit: '{name}'.");
        }
    }
}
