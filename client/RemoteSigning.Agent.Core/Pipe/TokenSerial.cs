using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Agent.Core.Options;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>The token's serial number: the same for one account at one server, wherever its agent runs.</summary>
internal static class TokenSerial
{
    /// <summary>CK_TOKEN_INFO has room for 16 characters.</summary>
    private const int Characters = 16;

    public static string Of(AgentOptions options) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Server.Authority}\n{options.Email}")))[..Characters];
}
