// After the example of PM2's documentation.
module.exports = {
  apps: [
    {
      name: "api",
      script: "./api.js",
      args: "--port 8080 --title 'a b'",
      interpreter_args: ["--max-old-space-size=64"],
      env: { NODE_ENV: "development", TOKEN: process.env.SHOP_TOKEN },
      env_production: { NODE_ENV: "production" },
      instances: 2,
      exec_mode: "cluster",
      max_memory_restart: "300M",
      max_restarts: 10,
      min_uptime: "5s",
      restart_delay: 4000,
      kill_timeout: 3000,
      wait_ready: true,
      listen_timeout: 8000,
      out_file: "./out.log",
      watch: ["src"],
    },
    {
      name: "Worker One",
      script: "sleep",
      args: ["300"],
      instances: 2,
      exp_backoff_restart_delay: 100,
      stop_exit_codes: [0, 3],
    },
    {
      name: "nightly",
      script: "echo done && sleep 1",
      autorestart: false,
      cron_restart: "0 3 * * *",
    },
  ],
  deploy: { production: { user: "node", host: "example.org" } },
};
